//! What the sweep of faults stands on. The sweep itself is `cargo xtask faults`.

use std::collections::BTreeSet;

use regprov_testkit::faults::{
    Case, Peril, Program, Stage, StorePeril, Sweeper, Weakness, random, registered,
};

#[test]
fn every_resource_type_is_in_the_scenario_and_says_how_long_it_may_be_invisible() {
    let declared: BTreeSet<String> = Program::all().iter().flat_map(Program::resource_types).collect();
    let registered = registered();
    // Files of this machine are not of one world: forks would share them.
    let swept = registered.iter().filter(|row| !row.name.starts_with("local_"));
    let names: BTreeSet<String> = swept.map(|row| row.name.to_owned()).collect();
    assert_eq!(
        names, declared,
        "a resource type that no part of the scenario makes is not swept"
    );
    for row in registered.iter().filter(|row| row.name.starts_with("azure")) {
        assert!(!row.visibility.is_zero(), "{} has no visibility bound", row.name);
    }
}

#[test]
fn a_part_with_secrets_keeps_the_promises_under_every_fault_at_every_third_request_and_write() {
    let part = program("application");
    let stages = Sweeper::prepare(&part, Weakness::None).expect("without a fault the promises are kept");
    let rotate = stages.iter().find(|sweeper| sweeper.stage() == Stage::Rotate);
    let rotate = rotate.expect("it is rotated");
    for case in rotate.cases() {
        let (Case::Request(nth, _) | Case::Write(nth, _)) = case;
        if nth % 3 != 0 {
            continue;
        }
        let outcome = rotate.run(case);
        assert!(outcome.struck, "{case}");
        assert_eq!(outcome.violations, [], "{case}");
    }
}

#[test]
fn accounts_that_are_made_anew_are_not_lost_where_the_state_cannot_be_written() {
    let part = program("robots");
    let stages = Sweeper::prepare(&part, Weakness::None).expect("without a fault the promises are kept");
    let rotate = stages.iter().find(|sweeper| sweeper.stage() == Stage::Rotate);
    let rotate = rotate.expect("they are rotated");
    for case in rotate.cases() {
        if matches!(case, Case::Write(..)) {
            assert_eq!(rotate.run(case).violations, [], "{case}");
        }
    }
}

#[test]
fn a_sweep_without_a_guard_finds_what_it_guards() {
    let pusher = program("pusher");
    let stages = Sweeper::prepare(&pusher, Weakness::None).expect("without a fault the promises are kept");
    let create = stages.first().expect("everything is made first");
    let (requests, writes) = create.size();
    let killed_after = (1..=requests).map(|nth| Case::Request(nth, Peril::KillAfter));
    let killed_at_write = (1..=writes).map(|nth| Case::Write(nth, StorePeril::KillBefore));
    let cases: Vec<Case> = killed_after.chain(killed_at_write).collect();
    for weakness in [Weakness::NoSync, Weakness::NoLookUp, Weakness::NoVisibility] {
        let mut runs = cases.iter().map(|case| create.run_as(*case, weakness));
        assert!(runs.any(|outcome| !outcome.violations.is_empty()), "{weakness:?}");
    }
}

#[test]
fn two_operators_with_two_faults_and_a_kill_keep_the_promises_and_a_seed_says_which() {
    let identity = program("identity");
    let stages = Sweeper::prepare(&identity, Weakness::None).expect("without a fault the promises are kept");
    for seed in 0..40 {
        let came = random(&stages, seed);
        assert_eq!(came.violations, [], "seed {seed}: {}", came.what);
        assert_eq!(random(&stages, seed), came);
    }
}

fn program(name: &str) -> Program {
    let found = Program::all().into_iter().find(|program| program.name == name);
    found.unwrap_or_else(|| panic!("the scenario has no part {name}"))
}
