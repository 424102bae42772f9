// The Lua scripts: the files of WorkQueue/Scripts, without indents and most comments, and the names by which Redis knows
// them. They are C++ because its compiler can work out a digest, and not Swift, which copies a constant array into each
// module that uses it, and keeps all of a module's arrays together: so each program carries one copy of those it names.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wq_text {
    const unsigned char *bytes;
    size_t count;
};

// The SHA-1 of a script, as lower-case hexadecimal digits.
struct wq_digest {
    unsigned char digits[40];
};

// A script is sent as its texts, one after another.
struct wq_script {
    const struct wq_text *texts;
    size_t count;
    const struct wq_digest *digest;
};

struct wq_script wq_script_adopt(void);
struct wq_script wq_script_census(void);
struct wq_script wq_script_complete(void);
struct wq_script wq_script_configure(void);
struct wq_script wq_script_drop(void);
struct wq_script wq_script_lease(void);
struct wq_script wq_script_list(void);
struct wq_script wq_script_look(void);
struct wq_script wq_script_orphan(void);
struct wq_script wq_script_purge(void);
struct wq_script wq_script_push(void);
struct wq_script wq_script_reap(void);
struct wq_script wq_script_recall(void);
struct wq_script wq_script_release(void);
struct wq_script wq_script_renew(void);
struct wq_script wq_script_retry(void);
struct wq_script wq_script_scan(void);
struct wq_script wq_script_stray(void);
struct wq_script wq_script_survey(void);
struct wq_script wq_script_sweep(void);
struct wq_script wq_script_tally(void);
struct wq_script wq_script_weed(void);

// The digest of the script if the prefix stands before it.
struct wq_digest wq_digest_after(struct wq_text prefix, struct wq_script script);

#ifdef __cplusplus
}
#endif
