// The texts of WorkQueue/Scripts, as they lie in their files. They are C because Swift copies a constant array into each
// module that uses it, and keeps all of a module's arrays together: so each program carries one copy of those it names.
#pragma once
#include <stddef.h>

struct wq_text {
    const unsigned char *bytes;
    size_t count;
};

struct wq_text wq_adopt_lua(void);
struct wq_text wq_back_lua(void);
struct wq_text wq_census_lua(void);
struct wq_text wq_common_lua(void);
struct wq_text wq_complete_lua(void);
struct wq_text wq_configure_lua(void);
struct wq_text wq_due_lua(void);
struct wq_text wq_grant_lua(void);
struct wq_text wq_lease_lua(void);
struct wq_text wq_list_lua(void);
struct wq_text wq_look_lua(void);
struct wq_text wq_orphan_lua(void);
struct wq_text wq_purge_lua(void);
struct wq_text wq_push_lua(void);
struct wq_text wq_reap_lua(void);
struct wq_text wq_reasons_lua(void);
struct wq_text wq_recall_lua(void);
struct wq_text wq_records_lua(void);
struct wq_text wq_release_lua(void);
struct wq_text wq_renew_lua(void);
struct wq_text wq_retry_lua(void);
struct wq_text wq_scan_lua(void);
struct wq_text wq_stray_lua(void);
struct wq_text wq_survey_lua(void);
struct wq_text wq_sweep_lua(void);
