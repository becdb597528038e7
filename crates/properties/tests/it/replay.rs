//! What the fuzz targets look at, looked at here for a moment: the committed
//! inputs, which are accepted and refused as their names say, and what lies near
//! them.

use std::collections::BTreeSet;
use std::fs;

use agentidp_properties::{
    Bodies, CanonicalJson, ForeignTokens, OutboundUrls, OwnTokens, PolicyDecisions, Property,
    Requests, SealedValues, Seen, StripeSignatures, TokenForms, Values,
};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::corpus;

/// Names of accepted inputs begin with this, those of refused ones do not.
const TAKEN: &str = "taken-";

/// Tests the committed inputs, and `cases` altered ones.
fn replay<P: Property>(cases: u32) {
    let property = P::new().unwrap();
    let inputs = corpus::of::<P>();
    for (name, input) in &inputs {
        let seen = property
            .check(input)
            .unwrap_or_else(|broken| panic!("{}/{name}: {broken}", P::NAME));
        let wanted = name.starts_with(TAKEN);
        assert_eq!(seen == Seen::Taken, wanted, "{}/{name}", P::NAME);
    }
    // Otherwise the property would say nothing.
    assert!(inputs.iter().any(|(name, _)| name.starts_with(TAKEN)));

    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::default());
    let mut runner = TestRunner::new_with_rng(config, random);
    let seeds: Vec<Vec<u8>> = inputs.into_iter().map(|(_, input)| input).collect();
    let altered = (
        select(seeds),
        any::<Index>(),
        0_usize..4,
        vec(any::<u8>(), 0..4),
    );
    runner
        .run(&altered, |(mut input, at, count, new)| {
            let at = at.index(input.len() + 1);
            let end = input.len().min(at + count);
            input.splice(at..end, new);
            match property.check(&input) {
                Ok(_) => Ok(()),
                Err(broken) => Err(TestCaseError::fail(broken.to_string())),
            }
        })
        .unwrap();
}

/// A test for each property, which runs for about as long as the others.
macro_rules! replays {
    ($($test:ident: $property:ty, $cases:literal;)+) => {
        $(
            #[test]
            fn $test() {
                replay::<$property>($cases);
            }
        )+

        #[test]
        fn every_corpus_has_its_property() {
            let folders: BTreeSet<String> = fs::read_dir(corpus::folder())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            let names = [$(<$property>::NAME),+].map(str::to_owned);
            assert_eq!(folders, BTreeSet::from(names));
        }
    };
}

replays! {
    our_tokens: OwnTokens, 300;
    tokens_of_others: ForeignTokens, 300;
    canonical_json: CanonicalJson, 2_000;
    policy_decisions: PolicyDecisions, 500;
    outbound_urls: OutboundUrls, 2_000;
    stripe_signatures: StripeSignatures, 1_000;
    sealed_values: SealedValues, 1_000;
    values: Values, 2_000;
    token_forms: TokenForms, 100;
    bodies: Bodies, 100;
    requests: Requests, 100;
}
