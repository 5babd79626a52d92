//! The bucket never lets pass more than its burst and what the time brought.

use super::*;

#[test]
fn burst_passes_and_a_byte_more_does_not() {
    let now = clock::now();
    let mut bucket = Bucket::full(now);
    assert_eq!(bucket.take(BURST_BYTES, now), Verdict::Log);
    assert_eq!(bucket.take(1, now), Verdict::DropAndSay);
    assert_eq!(bucket.take(1, now), Verdict::Drop);
    let later = now + Duration::from_secs(1);
    assert_eq!(bucket.take(BYTES_PER_SECOND, later), Verdict::Log);
    assert_eq!(bucket.take(1, later), Verdict::Drop);
}

#[test]
fn it_is_said_again_after_a_minute() {
    let now = clock::now();
    let mut bucket = Bucket::full(now);
    assert_eq!(bucket.take(BURST_BYTES + 1, now), Verdict::DropAndSay);
    let almost = now + SAY_INTERVAL - Duration::from_millis(1);
    assert_eq!(bucket.take(BURST_BYTES + 1, almost), Verdict::Drop);
    assert_eq!(bucket.take(BURST_BYTES + 1, now + SAY_INTERVAL), Verdict::DropAndSay);
}

#[test]
fn quiet_time_is_not_saved_up() {
    let now = clock::now();
    let mut bucket = Bucket::full(now);
    let later = now + Duration::from_secs(3_600);
    assert_eq!(bucket.take(BURST_BYTES, later), Verdict::Log);
    assert_eq!(bucket.take(1, later), Verdict::DropAndSay);
}

#[test]
fn rate_holds_whatever_the_steps() {
    const MESSAGE: u64 = 100;
    for step in [1, 7, 90, 333, 20_000] {
        let begin = clock::now();
        let mut bucket = Bucket::full(begin);
        let mut passed = 0;
        let mut micros = 0;
        while micros < 10_000_000 {
            micros += step;
            let now = begin + Duration::from_micros(micros);
            while bucket.take(MESSAGE, now) == Verdict::Log {
                passed += MESSAGE;
            }
        }
        let allowed = BURST_BYTES + micros * BYTES_PER_SECOND / 1_000_000;
        assert!(passed <= allowed, "{passed} of {allowed} in steps of {step}");
    }
}
