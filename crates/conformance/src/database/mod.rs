//! The story of the database port: one test a promise, for each noun a file.
//!
//! [`database_stories!`](crate::database_stories) is the list of them. An implementation says how to open an empty database as a
//! [`Scene`], and gets a test for each story.

pub mod accounts;
pub mod arrivals;
pub mod books;
pub mod brands;
pub mod consents;
pub mod crowd;
pub mod erasures;
pub mod gallery;
pub mod generations;
pub mod overview;
pub mod retention;
pub mod sign_in;
pub mod transfer;
pub mod webhooks;
pub mod work;

mod scene;

pub use scene::{LEASE, PRICE, Scene, service};

/// Runs every story, each on a [`Scene`] of its own that `$open().await` gives. It expands to one `#[tokio::test]` a story.
#[macro_export]
macro_rules! database_stories {
    ($open:path) => {
        $crate::database_stories! { $open =>
            accounts: the_first_account_is_the_admin_also_when_twenty_come_at_once,
            accounts: an_address_belongs_to_one_account,
            accounts: a_person_corrects_name_and_address,
            accounts: the_last_admin_stays,
            accounts: an_export_holds_everything_and_no_secret,
            brands: a_kit_is_kept_part_by_part,
            brands: a_kit_is_its_account_s_alone_and_goes_with_it,
            sign_in: a_session_opens_until_it_ends,
            sign_in: a_new_password_ends_the_other_sessions,
            sign_in: a_reset_link_works_once_and_not_too_late,
            sign_in: an_api_key_opens_until_it_is_revoked_or_expires,
            sign_in: guessing_has_to_wait,
            arrivals: somebody_vouched_for_gets_one_account,
            arrivals: nobody_is_taken_in_by_a_doubtful_address,
            arrivals: a_local_account_moves_by_its_verified_address,
            arrivals: who_is_gone_does_not_come_back_by_late_news,
            arrivals: what_counts_once_is_noted_once,
            arrivals: a_sign_in_that_ends_elsewhere_ends_its_sessions,
            consents: no_photo_is_kept_without_consent,
            consents: a_withdrawn_consent_ends_work_and_deletes_photos,
            consents: nothing_is_sent_without_consent_at_that_moment,
            consents: a_version_of_the_policy_names_one_text,
            generations: starting_reserves_and_checks_everything_first,
            generations: a_repeated_request_starts_nothing_new,
            generations: what_belongs_to_another_account_is_not_found,
            generations: cancelling_gives_back_what_was_not_made,
            generations: a_deleted_photo_cancels_what_waits_for_it,
            work: a_generation_is_worked_on_and_settled,
            work: accounts_take_turns,
            work: an_expired_lease_is_claimed_again_and_its_holder_is_refused,
            work: a_heartbeat_keeps_the_lease,
            work: a_generation_taken_too_often_fails_and_costs_nothing,
            work: a_generation_taken_too_often_keeps_what_it_made_and_costs_that,
            work: a_released_generation_is_taken_at_once_and_not_counted,
            work: a_lost_answer_can_be_asked_for_again,
            work: attempts_are_written_before_and_after,
            work: refused_and_failed_cost_nothing,
            work: no_success_without_an_image,
            crowd: fifty_claims_at_once_take_each_generation_once,
            crowd: a_crowd_of_starts_never_overdraws,
            crowd: one_failing_verb_does_not_undo_another,
            crowd: the_same_payment_twenty_times_at_once_is_booked_once,
            crowd: a_random_life_leaves_books_and_counts_right,
            books: a_payment_is_booked_once_whatever_its_order,
            books: a_message_is_heard_once_and_whole,
            books: a_dispute_may_come_before_its_purchase,
            books: customers_and_subscriptions_are_known,
            books: a_grant_is_given_once,
            books: a_refund_of_spent_credits_becomes_debt,
            books: the_ledger_reads_page_by_page,
            gallery: pages_hold_every_image_once,
            gallery: favourites_are_found,
            gallery: a_deleted_image_is_gone_and_not_made_again,
            gallery: a_deleted_generation_takes_its_images_along,
            retention: what_is_expired_is_not_shown_and_goes,
            retention: a_person_shortens_the_time,
            retention: a_pending_deletion_stays_until_it_is_confirmed,
            retention: orphans_are_told_from_what_has_a_row,
            retention: tidying_forgets_what_is_over,
            erasures: nothing_is_left_but_the_receipt,
            erasures: an_erasure_can_be_taken_up_again,
            erasures: work_in_hand_is_lost_to_an_erasure,
            webhooks: an_ending_is_told_to_every_endpoint,
            webhooks: a_failed_delivery_is_tried_again_until_it_is_given_up,
            overview: the_admin_sees_accounts_states_and_sums,
            overview: attempts_and_styles_are_counted,
            overview: what_was_spent_stays_when_generations_go,
        }
    };
    ($open:path => $($chapter:ident: $story:ident,)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $story() {
            $crate::database::$chapter::$story(&$open().await).await;
        }
    )* };
}
