import ArgumentParser

/// `lightbench completions SHELL`: what a shell needs to complete commands and options.
struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print the completion script of a shell.",
    discussion: """
      For a session of bash: source <(lightbench completions bash). For good:

        lightbench completions bash > ~/.local/share/bash-completion/completions/lightbench
        lightbench completions zsh > "${fpath[1]}/_lightbench"
        lightbench completions fish > ~/.config/fish/completions/lightbench.fish
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() {
    let known: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    print(Lightbench.completionScript(for: known))
  }
}
