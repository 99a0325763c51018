/// How a report looks: colours as values, from which the style sheet is written and which the test of contrast reads.
enum StyleSheet {
  /// A colour by its duty.
  enum Colour: String, CaseIterable {
    case page, panel, ink, soft, rule, link, bar
    /// Figures and pictures bring their own colours, for a ground of paper, which stays white in the dark.
    case paper
    case paperInk = "paper-ink"
    case best = "best-ground"
    case warning = "warning-ground"
    case warningInk = "warning-ink"

    /// On a light screen and in print.
    var light: RGB {
      switch self {
      case .page: .white
      case .panel: .absent
      case .ink: .ink
      case .soft: RGB(0x545a66)
      case .rule: .rule
      case .link: RGB(0x1f4b84)
      case .bar: RGB(0x05789a)
      case .paper: .white
      case .paperInk: .ink
      case .best: RGB(0xdff0e4)
      case .warning: RGB(0xfdf0d7)
      case .warningInk: RGB(0x5f3a00)
      }
    }

    /// On a dark screen.
    var dark: RGB {
      switch self {
      case .page: RGB(0x14161b)
      case .panel: RGB(0x1f232b)
      case .ink: RGB(0xe9ebf0)
      case .soft: RGB(0xadb4c0)
      case .rule: RGB(0x414855)
      case .link: RGB(0x8fc1ff)
      case .bar: RGB(0x2ac7b6)
      case .paper: .white
      case .paperInk: .ink
      case .best: RGB(0x1d3b2b)
      case .warning: RGB(0x3b2d12)
      case .warningInk: RGB(0xffdca8)
      }
    }
  }

  /// Text in a colour on a ground: what the sheet says of colours is said here and nowhere else.
  struct Paint {
    let selector: String
    let text: Colour
    let ground: Colour
    /// Whether the rule also fills the ground; else it is what the text happens to stand on.
    var fills = false
  }

  /// All text of the page. A selector that may stand on several grounds is there once for each.
  static let paints = [
    Paint(selector: "body", text: .ink, ground: .page, fills: true),
    Paint(selector: "h1,h2,h3", text: .ink, ground: .page),
    Paint(selector: "a", text: .link, ground: .page),
    Paint(selector: ".soft,figcaption,.notes,footer", text: .soft, ground: .page),
    Paint(selector: "thead th", text: .ink, ground: .panel, fills: true),
    Paint(selector: "td", text: .ink, ground: .page),
    Paint(selector: "caption", text: .ink, ground: .page),
    Paint(selector: "tbody th", text: .ink, ground: .page, fills: true),
    Paint(selector: "td.best", text: .ink, ground: .best, fills: true),
    Paint(selector: "pre,.status", text: .ink, ground: .panel, fills: true),
    Paint(selector: "summary", text: .link, ground: .page),
    Paint(selector: ".paper,.apart", text: .paperInk, ground: .paper, fills: true),
    Paint(selector: ".notice", text: .warningInk, ground: .warning, fills: true),
    Paint(selector: ".skip", text: .page, ground: .link, fills: true),
  ]

  /// The style sheet.
  static var css: String {
    """
    :root{\(variables(\.light))color-scheme:light dark}
    @media (prefers-color-scheme:dark){:root{\(variables(\.dark))}}
    @media print{:root{\(variables(\.light))}}
    \(layout)
    \(paints.map(rule).joined(separator: "\n"))
    \(media)
    """
  }

  private static func variables(_ value: (Colour) -> RGB) -> String {
    Colour.allCases.map { "--\($0.rawValue):\(value($0).hex);" }.joined()
  }

  private static func rule(_ paint: Paint) -> String {
    "\(paint.selector){color:var(--\(paint.text.rawValue))"
      + (paint.fills ? ";background:var(--\(paint.ground.rawValue))" : "") + "}"
  }

  private static let layout = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0;font:1rem/1.55 Inter,"Helvetica Neue",Helvetica,Arial,"DejaVu Sans",sans-serif}
    header,nav,main,footer{max-width:73rem;margin:0 auto;padding:0 1.25rem}
    h1{font-size:2rem;line-height:1.2;margin:2rem 0 .5rem}
    h2{font-size:1.4rem;line-height:1.25;margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--rule)}
    h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
    h1,h2,h3,p,li,figcaption,summary{overflow-wrap:anywhere}
    p,ul{margin:.6rem 0;max-width:48rem}
    .lead{font-size:1.2rem;max-width:44rem}
    nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:1rem 0;max-width:none}
    .skip{position:absolute;left:-100rem;padding:.5rem 1rem}
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    td.best,th.best{position:relative}
    .skip:focus{left:0;top:0;z-index:1}
    .notice{border-left:.3rem solid;border-radius:.25rem;padding:.6rem 1rem;max-width:48rem}
    .status{border-radius:.4rem;padding:.75rem 1rem;margin:1rem 0}
    .status p,.status ul{margin:.25rem 0}
    .status progress{width:100%;height:1rem;accent-color:var(--bar)}
    .scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:.4rem}
    .paper svg{display:block;margin:0 auto}
    .paper img{display:block;max-width:100%;height:auto;margin:0 auto;image-rendering:auto}
    figure{margin:1.25rem 0}
    figcaption,.notes{font-size:.9rem;max-width:52rem}
    figcaption{margin:.5rem 0}
    .apart{padding:1rem;margin:0}
    .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,32rem),1fr));gap:1rem}
    .gallery figure{margin:0;min-width:0}
    .table{margin:1.25rem 0}
    table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;width:100%}
    caption{caption-side:top;text-align:left;font-weight:600;padding:.6rem .75rem;font-size:.95rem;position:sticky;left:0}
    caption span{display:block;max-width:calc(100vw - 4rem)}
    td,th{padding:.35rem .75rem;text-align:right;white-space:nowrap;border-top:1px solid var(--rule)}
    th{font-weight:600}
    tbody th{font-weight:400;position:sticky;left:0}
    .label{text-align:left}
    td.long,th.long{white-space:normal;min-width:16rem}
    td.best{font-weight:700}
    .notes{margin:.5rem 0;padding-left:1.25rem}
    pre{overflow-x:auto;padding:.75rem 1rem;border-radius:.4rem;font:.85rem/1.5 "DejaVu Sans Mono",Menlo,Consolas,monospace}
    details{margin:1rem 0}
    summary{cursor:pointer;padding:.25rem 0}
    :focus-visible{outline:.15rem solid var(--link);outline-offset:.1rem}
    footer{padding-top:1.5rem;padding-bottom:3rem;font-size:.9rem}
    """

  private static let media = """
    @media (max-width:40rem){
    header,nav,main,footer{padding:0 .9rem}
    h1{font-size:1.6rem}
    .lead{font-size:1.05rem}
    tbody th{white-space:normal;overflow-wrap:anywhere;min-width:8rem;max-width:45vw}
    .paper img{max-width:none;width:36rem}
    }
    @media print{
    @page{margin:14mm}
    body{font-size:10pt}
    nav,.skip{display:none}
    header,main,footer{max-width:none;padding:0}
    h1,h2,h3,caption,summary{break-after:avoid}
    figure,tr,.notice{break-inside:avoid}
    .scroll{overflow:visible;border:0}
    details::details-content{content-visibility:visible;block-size:auto}
    .paper svg{max-width:100%;max-height:210mm;height:auto}
    .paper img{max-height:210mm;width:auto}
    td,th{white-space:normal;padding:.2rem .4rem}
    th,.long{overflow-wrap:anywhere}
    td.long,th.long{min-width:0}
    tbody th{position:static}
    .wide{font-size:6.5pt}
    .widest{font-size:5pt}
    .wide td,.wide th,.widest td,.widest th{padding:.1rem .15rem}
    pre{white-space:pre-wrap}
    }
    """
}
