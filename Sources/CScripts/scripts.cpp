#include "scripts.h"

// #embed is C23, and clang has it as an extension of what it compiles by default.
#pragma clang diagnostic ignored "-Wc23-extensions"

namespace {

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

    template <size_t N> constexpr Sha1 with(const unsigned char (&bytes)[N]) const {
        Sha1 more = *this;
        for (unsigned char byte : bytes)
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

constexpr unsigned char grant_one_bytes[] = {
#embed "../WorkQueue/Scripts/grant_one.lua"
};
constexpr unsigned char complete_held_bytes[] = {
#embed "../WorkQueue/Scripts/complete_held.lua"
};
constexpr unsigned char common_bytes[] = {
#embed "../WorkQueue/Scripts/common.lua"
};
constexpr unsigned char records_bytes[] = {
#embed "../WorkQueue/Scripts/records.lua"
};
constexpr unsigned char calls_bytes[] = {
#embed "../WorkQueue/Scripts/calls.lua"
};
constexpr unsigned char back_bytes[] = {
#embed "../WorkQueue/Scripts/back.lua"
};
constexpr unsigned char due_bytes[] = {
#embed "../WorkQueue/Scripts/due.lua"
};
constexpr unsigned char grant_bytes[] = {
#embed "../WorkQueue/Scripts/grant.lua"
};
constexpr unsigned char adopt_bytes[] = {
#embed "../WorkQueue/Scripts/adopt.lua"
};
constexpr unsigned char census_bytes[] = {
#embed "../WorkQueue/Scripts/census.lua"
};
constexpr unsigned char complete_bytes[] = {
#embed "../WorkQueue/Scripts/complete.lua"
};
constexpr unsigned char configure_bytes[] = {
#embed "../WorkQueue/Scripts/configure.lua"
};
constexpr unsigned char lease_bytes[] = {
#embed "../WorkQueue/Scripts/lease.lua"
};
constexpr unsigned char list_bytes[] = {
#embed "../WorkQueue/Scripts/list.lua"
};
constexpr unsigned char look_bytes[] = {
#embed "../WorkQueue/Scripts/look.lua"
};
constexpr unsigned char orphan_bytes[] = {
#embed "../WorkQueue/Scripts/orphan.lua"
};
constexpr unsigned char purge_bytes[] = {
#embed "../WorkQueue/Scripts/purge.lua"
};
constexpr unsigned char push_bytes[] = {
#embed "../WorkQueue/Scripts/push.lua"
};
constexpr unsigned char reap_bytes[] = {
#embed "../WorkQueue/Scripts/reap.lua"
};
constexpr unsigned char reasons_bytes[] = {
#embed "../WorkQueue/Scripts/reasons.lua"
};
constexpr unsigned char recall_bytes[] = {
#embed "../WorkQueue/Scripts/recall.lua"
};
constexpr unsigned char release_bytes[] = {
#embed "../WorkQueue/Scripts/release.lua"
};
constexpr unsigned char renew_bytes[] = {
#embed "../WorkQueue/Scripts/renew.lua"
};
constexpr unsigned char retry_bytes[] = {
#embed "../WorkQueue/Scripts/retry.lua"
};
constexpr unsigned char scan_bytes[] = {
#embed "../WorkQueue/Scripts/scan.lua"
};
constexpr unsigned char stray_bytes[] = {
#embed "../WorkQueue/Scripts/stray.lua"
};
constexpr unsigned char survey_bytes[] = {
#embed "../WorkQueue/Scripts/survey.lua"
};
constexpr unsigned char sweep_bytes[] = {
#embed "../WorkQueue/Scripts/sweep.lua"
};

// The shared parts, each with those that it stands on.
#define TEXT(name) {name##_bytes, sizeof name##_bytes}
#define COMMON TEXT(common)
#define RECORDS COMMON, TEXT(records)
#define BACK RECORDS, TEXT(back)
#define DUE BACK, TEXT(due)
#define GRANT DUE, TEXT(grant)

constexpr Sha1 none = {};
constexpr Sha1 common = none.with(common_bytes);
constexpr Sha1 records = common.with(records_bytes);
constexpr Sha1 calls = common.with(calls_bytes);
constexpr Sha1 calls_back = records.with(calls_bytes).with(back_bytes);
constexpr Sha1 back = records.with(back_bytes);
constexpr Sha1 due = back.with(due_bytes);
constexpr Sha1 grant = due.with(grant_bytes);
constexpr Sha1 one_first =
    none.with(grant_one_bytes).with(common_bytes).with(records_bytes).with(back_bytes).with(due_bytes).with(grant_bytes);
constexpr Sha1 held_first = none.with(complete_held_bytes).with(common_bytes).with(calls_bytes);

} // namespace

// Defines the function that returns the script: the shared parts up to `last`, which are the rest of the arguments, then
// its own text.
#define SCRIPT(name, last, ...)                                                                                       \
    static constexpr wq_text name##_texts[] = {__VA_ARGS__ __VA_OPT__(, ) TEXT(name)};                                \
    static constexpr wq_digest name##_digest = last.with(name##_bytes).end();                                         \
    wq_script wq_script_##name(void) { return {name##_texts, sizeof name##_texts / sizeof *name##_texts, &name##_digest}; }

SCRIPT(adopt, grant, GRANT)
SCRIPT(census, common, COMMON)
SCRIPT(complete, held_first, TEXT(complete_held), COMMON, TEXT(calls))
SCRIPT(configure, common, COMMON)
SCRIPT(lease, one_first, TEXT(grant_one), GRANT)
SCRIPT(list, records, RECORDS)
SCRIPT(look, none)
SCRIPT(orphan, back, BACK)
SCRIPT(purge, common, COMMON)
SCRIPT(push, records, RECORDS)
SCRIPT(reap, due, DUE)
SCRIPT(reasons, records, RECORDS)
SCRIPT(recall, records, RECORDS)
SCRIPT(release, calls_back, RECORDS, TEXT(calls), TEXT(back))
SCRIPT(renew, common, COMMON)
SCRIPT(retry, records, RECORDS)
SCRIPT(scan, common, COMMON)
SCRIPT(stray, back, BACK)
SCRIPT(survey, records, RECORDS)
SCRIPT(sweep, common, COMMON)

wq_digest wq_digest_after(wq_text prefix, wq_script script) {
    Sha1 sum;
    for (size_t i = 0; i < prefix.count; i++)
        sum.add(prefix.bytes[i]);
    for (size_t text = 0; text < script.count; text++)
        for (size_t i = 0; i < script.texts[text].count; i++)
            sum.add(script.texts[text].bytes[i]);
    return sum.end();
}
