import CYAML

/// Reads the events of a YAML text with libyaml; the only place of the module that sees C.
///
/// - Safety: the parser and each event live in local variables, the text outlives the parser (both end with one
///   closure), and every event is deleted after its strings are copied.
enum YAMLEventReader {
  /// The events of a text up to the first mistake, and that mistake.
  ///
  /// - Parameters:
  ///   - bytes: Valid UTF-8 without a byte order mark.
  ///   - maximumDepth: Collections within collections beyond this end the reading.
  static func events(of bytes: [UInt8], maximumDepth: Int) -> (events: [YAMLEvent], failure: YAMLSyntaxError?) {
    unsafe bytes.withUnsafeBufferPointer { text in
      var parser = unsafe yaml_parser_t()
      guard unsafe yaml_parser_initialize(&parser) == 1 else {
        let mark = YAMLMark(index: 0, line: 0, column: 0)
        return ([], YAMLSyntaxError(problem: "no memory for the parser", mark: mark, isNesting: false))
      }
      defer { unsafe yaml_parser_delete(&parser) }
      unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      unsafe yaml_parser_set_input_string(&parser, text.baseAddress, text.count)
      return unsafe readAll(&parser, maximumDepth: maximumDepth)
    }
  }

  // MARK: - The loop

  private static func readAll(
    _ parser: inout yaml_parser_t, maximumDepth: Int
  ) -> (events: [YAMLEvent], failure: YAMLSyntaxError?) {
    var events: [YAMLEvent] = []
    var depth = 0
    while true {
      var event = unsafe yaml_event_t()
      guard unsafe yaml_parser_parse(&parser, &event) == 1 else { return unsafe (events, failure(of: parser)) }
      defer { unsafe yaml_event_delete(&event) }
      if unsafe event.type == YAML_STREAM_END_EVENT { return (events, nil) }
      guard let step = unsafe copy(event) else { continue }
      events.append(step)
      switch step.kind {
      case .sequenceStart, .mappingStart: depth += 1
      case .sequenceEnd, .mappingEnd: depth -= 1
      case .documentStart, .alias, .scalar: break
      }
      if depth > maximumDepth {
        return (events, YAMLSyntaxError(problem: "", mark: step.start, isNesting: true))
      }
    }
  }

  private static func copy(_ event: yaml_event_t) -> YAMLEvent? {
    let kind: YAMLEvent.Kind
    var anchor: String?
    var tag: String?
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_ALIAS_EVENT: kind = .alias(unsafe text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
      kind = .scalar(unsafe String(decoding: bytes, as: UTF8.self), isQuoted: !isPlain)
      anchor = unsafe text(scalar.anchor)
      tag = unsafe text(scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      kind = .sequenceStart
      anchor = unsafe text(event.data.sequence_start.anchor)
      tag = unsafe text(event.data.sequence_start.tag)
    case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      kind = .mappingStart
      anchor = unsafe text(event.data.mapping_start.anchor)
      tag = unsafe text(event.data.mapping_start.tag)
    case YAML_MAPPING_END_EVENT: kind = .mappingEnd
    default: return nil
    }
    return unsafe YAMLEvent(
      kind: kind, anchor: anchor, tag: tag, start: mark(event.start_mark), end: mark(event.end_mark))
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe String(cString: pointer)
  }

  private static func mark(_ mark: yaml_mark_t) -> YAMLMark {
    YAMLMark(index: Int(mark.index), line: Int(mark.line), column: Int(mark.column))
  }

  private static func failure(of parser: yaml_parser_t) -> YAMLSyntaxError {
    var problem = "the text is not YAML"
    if let words = unsafe parser.problem { problem = unsafe String(cString: words) }
    let isReader = unsafe parser.error == YAML_READER_ERROR
    let began = unsafe !isReader && parser.context != nil ? mark(parser.context_mark) : nil
    return unsafe YAMLSyntaxError(
      problem: problem, mark: mark(isReader ? parser.mark : parser.problem_mark), began: began, isNesting: false)
  }
}
