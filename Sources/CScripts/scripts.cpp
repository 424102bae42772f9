#include "scripts.h"

// #embed is C23, and clang has it as an extension of what it compiles by default.
#pragma clang diagnostic ignored "-Wc23-extensions"

namespace {

template <size_t N> struct Text {
    unsigned char bytes[N];
};

// Hands over the bytes of a file but those of lines that are comments and of indents, which Redis need not get. The first
// line is sent.
template <size_t N, typename Take> constexpr void sift(const unsigned char (&file)[N], Take take) {
    for (size_t start = 0, end = 0; start < N; start = end) {
        while (end < N && file[end++] != '\n') {}
        size_t first = start;
        while (first < end && file[first] == ' ')
            first++;
        bool is_comment = start > 0 && first + 1 < end && file[first] == '-' && file[first + 1] == '-';
        for (size_t i = first; i < end && !is_comment; i++)
            take(file[i]);
    }
}

template <size_t N> constexpr size_t length(const unsigned char (&file)[N]) {
    size_t length = 0;
    sift(file, [&](unsigned char) { length++; });
    return length;
}

template <size_t Length, size_t N> constexpr Text<Length> kept(const unsigned char (&file)[N]) {
    Text<Length> text = {};
    size_t end = 0;
    sift(file, [&](unsigned char byte) { text.bytes[end++] = byte; });
    return text;
}

#define KEPT(name) constexpr auto name##_text = kept<length(name##_file)>(name##_file);

// SHA-1 (FIPS 180-4), as Redis names scripts by it. The compiler works it out for the scripts as they are.
class Sha1 {
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint64_t count = 0;
    unsigned char block[64] = {};

    static constexpr uint32_t rotated(uint32_t word, int bits) { return word << bits | word >> (32 - bits); }

    static constexpr uint32_t mixed(int round, uint32_t b, uint32_t c, uint32_t d) {
        if (round < 20)
            return ((b & c) | (~b & d)) + 0x5a827999;
        if (round < 40)
            return (b ^ c ^ d) + 0x6ed9eba1;
        if (round < 60)
            return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
        return (b ^ c ^ d) + 0xca62c1d6;
    }

    constexpr void fold() {
        uint32_t words[80] = {};
        for (int i = 0; i < 64; i++)
            words[i / 4] = words[i / 4] << 8 | block[i];
        for (int i = 16; i < 80; i++)
            words[i] = rotated(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (int i = 0; i < 80; i++) {
            uint32_t next = rotated(a, 5) + mixed(i, b, c, d) + e + words[i];
            e = d, d = c, c = rotated(b, 30), b = a, a = next;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
    }

public:
    constexpr void add(unsigned char byte) {
        block[count++ % 64] = byte;
        if (count % 64 == 0)
            fold();
    }

    template <size_t N> constexpr Sha1 with(const Text<N> &text) const {
        Sha1 more = *this;
        for (unsigned char byte : text.bytes)
            more.add(byte);
        return more;
    }

    constexpr wq_digest end() const {
        Sha1 whole = *this;
        whole.add(0x80);
        while (whole.count % 64 != 56)
            whole.add(0);
        for (int shift = 56; shift >= 0; shift -= 8)
            whole.add(count * 8 >> shift);
        wq_digest digest = {};
        for (int i = 0; i < 40; i++)
            digest.digits[i] = "0123456789abcdef"[whole.state[i / 8] >> (28 - 4 * (i % 8)) & 15];
        return digest;
    }
};

constexpr unsigned char grant_one_file[] = {
#embed "../WorkQueue/Scripts/grant_one.lua"
};
KEPT(grant_one)
constexpr unsigned char complete_held_file[] = {
#embed "../WorkQueue/Scripts/complete_held.lua"
};
KEPT(complete_held)
constexpr unsigned char common_file[] = {
#embed "../WorkQueue/Scripts/common.lua"
};
KEPT(common)
constexpr unsigned char records_file[] = {
#embed "../WorkQueue/Scripts/records.lua"
};
KEPT(records)
constexpr unsigned char calls_file[] = {
#embed "../WorkQueue/Scripts/calls.lua"
};
KEPT(calls)
constexpr unsigned char known_file[] = {
#embed "../WorkQueue/Scripts/known.lua"
};
KEPT(known)
constexpr unsigned char back_file[] = {
#embed "../WorkQueue/Scripts/back.lua"
};
KEPT(back)
constexpr unsigned char due_file[] = {
#embed "../WorkQueue/Scripts/due.lua"
};
KEPT(due)
constexpr unsigned char grant_file[] = {
#embed "../WorkQueue/Scripts/grant.lua"
};
KEPT(grant)
constexpr unsigned char suspects_file[] = {
#embed "../WorkQueue/Scripts/suspects.lua"
};
KEPT(suspects)
constexpr unsigned char adopt_file[] = {
#embed "../WorkQueue/Scripts/adopt.lua"
};
KEPT(adopt)
constexpr unsigned char census_file[] = {
#embed "../WorkQueue/Scripts/census.lua"
};
KEPT(census)
constexpr unsigned char complete_file[] = {
#embed "../WorkQueue/Scripts/complete.lua"
};
KEPT(complete)
constexpr unsigned char configure_file[] = {
#embed "../WorkQueue/Scripts/configure.lua"
};
KEPT(configure)
constexpr unsigned char drop_file[] = {
#embed "../WorkQueue/Scripts/drop.lua"
};
KEPT(drop)
constexpr unsigned char lease_file[] = {
#embed "../WorkQueue/Scripts/lease.lua"
};
KEPT(lease)
constexpr unsigned char limits_file[] = {
#embed "../WorkQueue/Scripts/limits.lua"
};
KEPT(limits)

constexpr unsigned char list_file[] = {
#embed "../WorkQueue/Scripts/list.lua"
};
KEPT(list)
constexpr unsigned char look_file[] = {
#embed "../WorkQueue/Scripts/look.lua"
};
KEPT(look)
constexpr unsigned char orphan_file[] = {
#embed "../WorkQueue/Scripts/orphan.lua"
};
KEPT(orphan)
constexpr unsigned char purge_file[] = {
#embed "../WorkQueue/Scripts/purge.lua"
};
KEPT(purge)
constexpr unsigned char push_file[] = {
#embed "../WorkQueue/Scripts/push.lua"
};
KEPT(push)
constexpr unsigned char reap_file[] = {
#embed "../WorkQueue/Scripts/reap.lua"
};
KEPT(reap)
constexpr unsigned char recall_file[] = {
#embed "../WorkQueue/Scripts/recall.lua"
};
KEPT(recall)
constexpr unsigned char release_file[] = {
#embed "../WorkQueue/Scripts/release.lua"
};
KEPT(release)
constexpr unsigned char renew_file[] = {
#embed "../WorkQueue/Scripts/renew.lua"
};
KEPT(renew)
constexpr unsigned char retry_file[] = {
#embed "../WorkQueue/Scripts/retry.lua"
};
KEPT(retry)
constexpr unsigned char scan_file[] = {
#embed "../WorkQueue/Scripts/scan.lua"
};
KEPT(scan)
constexpr unsigned char stray_file[] = {
#embed "../WorkQueue/Scripts/stray.lua"
};
KEPT(stray)
constexpr unsigned char survey_file[] = {
#embed "../WorkQueue/Scripts/survey.lua"
};
KEPT(survey)
constexpr unsigned char sweep_file[] = {
#embed "../WorkQueue/Scripts/sweep.lua"
};
KEPT(sweep)
constexpr unsigned char tally_file[] = {
#embed "../WorkQueue/Scripts/tally.lua"
};
KEPT(tally)
constexpr unsigned char weed_file[] = {
#embed "../WorkQueue/Scripts/weed.lua"
};
KEPT(weed)

// The shared parts, each with those that it stands on.
#define TEXT(name) {name##_text.bytes, sizeof name##_text.bytes}
#define COMMON TEXT(common)
#define RECORDS COMMON, TEXT(records)
#define BACK RECORDS, TEXT(back)
#define DUE BACK, TEXT(due)
#define GRANT DUE, TEXT(limits), TEXT(grant)

constexpr Sha1 none = {};
constexpr Sha1 common = none.with(common_text);
constexpr Sha1 records = common.with(records_text);
constexpr Sha1 known = records.with(known_text);
constexpr Sha1 calls_back = records.with(calls_text).with(back_text);
constexpr Sha1 calls_back_known = calls_back.with(known_text);
constexpr Sha1 calls_known = records.with(calls_text).with(known_text);
constexpr Sha1 back = records.with(back_text);
constexpr Sha1 due = back.with(due_text);
constexpr Sha1 grant = due.with(limits_text).with(grant_text);
constexpr Sha1 one_first =
    none.with(grant_one_text).with(common_text).with(records_text).with(back_text).with(due_text).with(limits_text)
        .with(grant_text).with(suspects_text);
constexpr Sha1 held_first =
    none.with(complete_held_text).with(common_text).with(records_text).with(calls_text).with(known_text);

} // namespace

// Defines the function that returns the script: the shared parts up to `last`, which are the rest of the arguments, then
// its own text.
#define SCRIPT(name, last, ...)                                                                                       \
    static constexpr wq_text name##_texts[] = {__VA_ARGS__ __VA_OPT__(, ) TEXT(name)};                                \
    static constexpr wq_digest name##_digest = last.with(name##_text).end();                                         \
    wq_script wq_script_##name(void) { return {name##_texts, sizeof name##_texts / sizeof *name##_texts, &name##_digest}; }

SCRIPT(adopt, grant, GRANT)
SCRIPT(census, common, COMMON)
SCRIPT(complete, held_first, TEXT(complete_held), RECORDS, TEXT(calls), TEXT(known))
SCRIPT(configure, common, COMMON)
SCRIPT(drop, calls_known, RECORDS, TEXT(calls), TEXT(known))
SCRIPT(lease, one_first, TEXT(grant_one), GRANT, TEXT(suspects))
SCRIPT(list, records, RECORDS)
SCRIPT(look, none)
SCRIPT(orphan, back, BACK)
SCRIPT(purge, common, COMMON)
SCRIPT(push, known, RECORDS, TEXT(known))
SCRIPT(reap, due, DUE)
SCRIPT(recall, records, RECORDS)
SCRIPT(release, calls_back, RECORDS, TEXT(calls), TEXT(back))
SCRIPT(renew, common, COMMON)
SCRIPT(retry, records, RECORDS)
SCRIPT(scan, common, COMMON)
SCRIPT(stray, back, BACK)
SCRIPT(survey, records, RECORDS)
SCRIPT(sweep, common, COMMON)
SCRIPT(tally, records, RECORDS)
SCRIPT(weed, calls_back_known, RECORDS, TEXT(calls), TEXT(back), TEXT(known))

wq_digest wq_digest_after(wq_text prefix, wq_script script) {
    Sha1 sum;
    for (size_t i = 0; i < prefix.count; i++)
        sum.add(prefix.bytes[i]);
    for (size_t text = 0; text < script.count; text++)
        for (size_t i = 0; i < script.texts[text].count; i++)
            sum.add(script.texts[text].bytes[i]);
    return sum.end();
}
