use super::*;

const LINK: LinkId = LinkId::from_u64(7);

#[test]
fn a_link_is_named_once_however_often_its_bell_is_rung() {
    let bells = Bells::default();
    let bell = bells.bell(LINK);
    let cx = Context::from_waker(Waker::noop());
    let waker = bell.still();
    assert_eq!(bells.take(&cx), []);
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(bells.take(&cx), [LINK]);
    waker.wake_by_ref();
    assert_eq!(bells.take(&cx), [], "nobody has looked since");
    bell.still();
    waker.wake();
    assert_eq!(bells.take(&cx), [LINK]);
}

#[test]
fn a_bell_wakes_the_driver() {
    let (bells, driver) = (Bells::default(), Bells::default());
    let awake = driver.bell(LINK);
    let waker = awake.still();
    let cx = Context::from_waker(&waker);
    let bell = bells.bell(LINK);
    bells.take(&cx);
    bell.still().wake();
    assert_eq!(driver.take(&Context::from_waker(Waker::noop())), [LINK], "it was woken");
}
