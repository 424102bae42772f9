import Base
import CPosix

/// A colour in which a terminal shows what a person should see first.
package enum Colour: Equatable, Sendable {
    case plain
    /// What was given up.
    case red
    /// What is late.
    case yellow

    /// Whether a person wants colours: `NO_COLOR` is not set, and the terminal can show them.
    /// Source: <https://no-color.org>
    package static var isWanted: Bool {
        Variable.noColour.value == nil && Variable.terminal.value?.equals("dumb") != true
    }

    /// The text in this colour (ECMA-48, SGR).
    package func paint(_ text: Bytes) -> Bytes {
        switch self {
        case .plain: text
        case .red: Bytes("\u{1B}[31m") + text + Bytes("\u{1B}[m")
        case .yellow: Bytes("\u{1B}[33m") + text + Bytes("\u{1B}[m")
        }
    }
}
