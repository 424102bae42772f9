#include "scripts.h"

// #embed is C23, and clang has it as an extension of what it compiles by default.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Defines the function whose text is in `bytes`.
#define TEXT(name, bytes) \
    struct wq_text wq_##name##_lua(void) { return (struct wq_text){bytes, sizeof bytes}; }

static const unsigned char adopt_bytes[] = {
#embed "../WorkQueue/Scripts/adopt.lua"
};
TEXT(adopt, adopt_bytes)

static const unsigned char back_bytes[] = {
#embed "../WorkQueue/Scripts/back.lua"
};
TEXT(back, back_bytes)

static const unsigned char census_bytes[] = {
#embed "../WorkQueue/Scripts/census.lua"
};
TEXT(census, census_bytes)

static const unsigned char common_bytes[] = {
#embed "../WorkQueue/Scripts/common.lua"
};
TEXT(common, common_bytes)

static const unsigned char complete_bytes[] = {
#embed "../WorkQueue/Scripts/complete.lua"
};
TEXT(complete, complete_bytes)

static const unsigned char configure_bytes[] = {
#embed "../WorkQueue/Scripts/configure.lua"
};
TEXT(configure, configure_bytes)

static const unsigned char due_bytes[] = {
#embed "../WorkQueue/Scripts/due.lua"
};
TEXT(due, due_bytes)

static const unsigned char grant_bytes[] = {
#embed "../WorkQueue/Scripts/grant.lua"
};
TEXT(grant, grant_bytes)

static const unsigned char lease_bytes[] = {
#embed "../WorkQueue/Scripts/lease.lua"
};
TEXT(lease, lease_bytes)

static const unsigned char list_bytes[] = {
#embed "../WorkQueue/Scripts/list.lua"
};
TEXT(list, list_bytes)

static const unsigned char look_bytes[] = {
#embed "../WorkQueue/Scripts/look.lua"
};
TEXT(look, look_bytes)

static const unsigned char orphan_bytes[] = {
#embed "../WorkQueue/Scripts/orphan.lua"
};
TEXT(orphan, orphan_bytes)

static const unsigned char purge_bytes[] = {
#embed "../WorkQueue/Scripts/purge.lua"
};
TEXT(purge, purge_bytes)

static const unsigned char push_bytes[] = {
#embed "../WorkQueue/Scripts/push.lua"
};
TEXT(push, push_bytes)

static const unsigned char reap_bytes[] = {
#embed "../WorkQueue/Scripts/reap.lua"
};
TEXT(reap, reap_bytes)

static const unsigned char reasons_bytes[] = {
#embed "../WorkQueue/Scripts/reasons.lua"
};
TEXT(reasons, reasons_bytes)

static const unsigned char recall_bytes[] = {
#embed "../WorkQueue/Scripts/recall.lua"
};
TEXT(recall, recall_bytes)

static const unsigned char records_bytes[] = {
#embed "../WorkQueue/Scripts/records.lua"
};
TEXT(records, records_bytes)

static const unsigned char release_bytes[] = {
#embed "../WorkQueue/Scripts/release.lua"
};
TEXT(release, release_bytes)

static const unsigned char renew_bytes[] = {
#embed "../WorkQueue/Scripts/renew.lua"
};
TEXT(renew, renew_bytes)

static const unsigned char retry_bytes[] = {
#embed "../WorkQueue/Scripts/retry.lua"
};
TEXT(retry, retry_bytes)

static const unsigned char scan_bytes[] = {
#embed "../WorkQueue/Scripts/scan.lua"
};
TEXT(scan, scan_bytes)

static const unsigned char stray_bytes[] = {
#embed "../WorkQueue/Scripts/stray.lua"
};
TEXT(stray, stray_bytes)

static const unsigned char survey_bytes[] = {
#embed "../WorkQueue/Scripts/survey.lua"
};
TEXT(survey, survey_bytes)

static const unsigned char sweep_bytes[] = {
#embed "../WorkQueue/Scripts/sweep.lua"
};
TEXT(sweep, sweep_bytes)
