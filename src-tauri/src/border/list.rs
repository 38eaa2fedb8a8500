// Every command of the border, by room. The permission system, the window's door and the laws read this list.
border! {
    home: app_state, choose_library, check_place, set_language, read_invitation, start_centre, join_centre, unlock,
        settings, save_settings, machine, recovered, recovery_seen, diagnostics, invitation_in_picture, recover;
    story: stories, story, create_story, open_story, keep_update, seal_story, check_rev, checkpoint, revisions,
        compare, beside, take_branch, set_genre, preflight, file_story, comments, add_comment, search;
    clip: clips, clip, caption_clip, settle_clip, attach_clip, fetch_original, media_base, plan_import, start_import,
        import_report, hot_offers, take_hot;
    cut: cuts, create_cut, change_cut, render_cut;
    review: queue, review, decide, pass_on_paper, review_plan, make_review_parcel, slips_due, make_slip;
    push: channels, save_channel, push_list, rehearse, release, resolve_push;
    pool: sync_state, sync_now, sync_log, arrivals, send_now, make_parcel, take_parcel, parcel_report, people,
        invite, revoke_device, nearby_state, set_nearby, meet_nearby;
    people: keys, change_keys, escrow, give_escrow, take_back_escrow, device_facts, quarantine, export_apart, writing, pool_page;
    job: jobs, cancel_job;
    shell: pick_folder, pick_file, open_link;
}
