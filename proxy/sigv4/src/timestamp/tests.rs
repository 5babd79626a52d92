use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Timestamp;

fn check(text: &str, expected: Option<&str>) {
    let printed = Timestamp::parse_date_header(text).map(|moment| moment.to_string());
    assert_eq!(printed.as_deref(), expected, "{text}");
}

#[test]
fn date_headers_are_read_in_both_formats() {
    for text in [
        "20150830T123600Z",
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "Sun, 30 Aug 2015 12:36:00 -0000",
        "Sun, 30 Aug 2015 12:36:00 +0000",
        "Sun, 30 Aug 2015 14:36:00 +0200",
    ] {
        check(text, Some("20150830T123600Z"));
    }
}

#[test]
fn what_is_not_exactly_a_date_is_refused() {
    for text in [
        "",
        "201",
        "2015-08-30T12:36:00Z",
        "20150830T123600",
        "20150830T123600z",
        "20150830 123600Z",
        "+0150830T123600Z",
        "20150830T12 600Z",
        "20151330T123600Z",
        "20150230T123600Z",
        "20150830T253600Z",
        "20150830T123600Zé",
        "20150830T123600Z1",
        "20150830T12360Z",
        "020150830T12360Z",
        "Mon, 30 Aug 2015 12:36:00 GMT",
        "Fri, 31 Dec 12015 12:36:00 GMT",
    ] {
        check(text, None);
    }
}

#[test]
fn every_moment_of_the_system_clock_can_be_written() {
    let check = |time, expected| assert_eq!(Timestamp::of(time).to_string(), expected);
    check(UNIX_EPOCH, "19700101T000000Z");
    check(UNIX_EPOCH - Duration::from_secs(1), "19700101T000000Z");
    check(UNIX_EPOCH + Duration::from_secs(253_402_300_799), "99991231T235959Z");
    check(UNIX_EPOCH + Duration::from_secs(253_402_300_800), "99991231T235959Z");
    let _ = Timestamp::of(SystemTime::UNIX_EPOCH).minus(Duration::from_secs(604_800)).to_string();
}
