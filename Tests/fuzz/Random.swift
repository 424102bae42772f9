/// Random numbers that the seed and the case's number decide: SplitMix64.
/// Source: <https://doi.org/10.1145/2714064.2660195>
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64, _ numbers: UInt64...) {
        state = seed
        for number in numbers {
            state = next() &+ number &* 0x9E37_79B9_7F4A_7C15
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True once in so many times.
    mutating func once(in times: Int) -> Bool { Int.random(in: 0..<times, using: &self) == 0 }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func pick<T>(_ choices: [T]) -> T { choices[number(0..<choices.count)] }

    /// Up to so many bytes, of the alphabet or of all.
    mutating func bytes(_ most: Int, of alphabet: String? = nil) -> [UInt8] {
        let letters = alphabet.map { Array($0.utf8) }
        return (0..<number(0..<most + 1)).map { _ in letters.map { pick($0) } ?? UInt8(number(0..<256)) }
    }
}
