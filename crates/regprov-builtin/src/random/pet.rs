//! `random_pet`

use super::draw;
use crate::package::{Surroundings, TextId, not_importable};
use regprov_provider::{
    CreateClass, CreateRequest, Created, DeleteRequest, Deleted, Error, Observed, ReadRequest, Resource,
};
use regprov_schema::{Computed, Local, Rule, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Generates random names of animals that are intended to be used as unique identifiers for other resources.
#[derive(Clone, Debug, Serialize, Deserialize, Schema)]
pub(crate) struct RandomPet {
    /// The random name.
    pub(crate) id: Computed<String>,
    /// Arbitrary map of values that, when changed, will trigger recreation of resource.
    #[schema(replaces)]
    pub(crate) keepers: Local<BTreeMap<String, String>>,
    /// The length (in words) of the name.
    #[schema(optional, replaces, default = 2_i64, rules = &[Rule::Between(1, 16)])]
    pub(crate) length: Computed<u64>,
    /// A string to prefix the name with.
    #[schema(replaces)]
    pub(crate) prefix: Option<String>,
    /// The character to separate words in the name.
    #[schema(optional, replaces, default = "-")]
    pub(crate) separator: Computed<String>,
}

const ADVERBS: &[&str] = &[
    "boldly",
    "briefly",
    "calmly",
    "cheerfully",
    "clearly",
    "closely",
    "deeply",
    "duly",
    "eagerly",
    "early",
    "easily",
    "fairly",
    "firmly",
    "freely",
    "fully",
    "gently",
    "gladly",
    "greatly",
    "highly",
    "kindly",
    "lightly",
    "mainly",
    "mildly",
    "mostly",
    "neatly",
    "nicely",
    "openly",
    "plainly",
    "promptly",
    "purely",
    "quickly",
    "quietly",
    "rarely",
    "readily",
    "safely",
    "slowly",
    "smoothly",
    "softly",
    "surely",
    "warmly",
];

const ADJECTIVES: &[&str] = &[
    "able", "agile", "amber", "apt", "bold", "brave", "bright", "brisk", "calm", "clever", "cosmic", "crisp",
    "curious", "dapper", "eager", "fair", "fleet", "fond", "gentle", "glad", "golden", "grand", "handy",
    "happy", "honest", "humble", "keen", "kind", "lively", "loyal", "lucky", "mellow", "merry", "mighty",
    "modest", "neat", "noble", "patient", "polite", "proud", "quick", "quiet", "rapid", "ready", "robust",
    "sharp", "shiny", "silent", "smart", "solid", "steady", "subtle", "sunny", "swift", "tidy", "trusty",
    "upbeat", "vivid", "warm", "wise", "witty", "worthy", "young", "zesty",
];

const ANIMALS: &[&str] = &[
    "alpaca", "badger", "beaver", "bison", "bobcat", "buzzard", "camel", "caribou", "cheetah", "cobra",
    "condor", "cougar", "coyote", "crane", "dingo", "dolphin", "donkey", "eagle", "egret", "falcon",
    "ferret", "finch", "gazelle", "gecko", "gibbon", "goose", "grouse", "heron", "hornet", "husky", "ibex",
    "iguana", "impala", "jackal", "jaguar", "kestrel", "koala", "lemur", "leopard", "lizard", "llama",
    "lynx", "macaw", "magpie", "marmot", "marten", "mole", "moose", "newt", "ocelot", "osprey", "otter",
    "owl", "panda", "parrot", "pelican", "penguin", "pony", "puffin", "quail", "rabbit", "raven", "robin",
    "salmon", "seal", "shrew", "skunk", "sloth", "snail", "sparrow", "stork", "swan", "tapir", "terrier",
    "tiger", "toad", "toucan", "trout", "turtle", "viper", "walrus", "weasel", "whale", "wolf", "wombat",
    "wren", "yak", "zebra",
];

impl Resource for RandomPet {
    const TYPE: &'static str = "random_pet";
    const CREATE: CreateClass = CreateClass::ClientNamed;
    type Client = Surroundings;
    type Id = TextId;

    fn id(object: &Self) -> Option<TextId> {
        object.id.get().cloned().map(TextId)
    }

    async fn read(request: ReadRequest<'_, Self>) -> Result<Observed<Self>, Error> {
        request
            .prior
            .map(|prior| Observed::Present(prior.clone()))
            .ok_or_else(|| not_importable(Self::TYPE))
    }

    async fn create(request: CreateRequest<'_, Self>) -> Result<Created<Self>, Error> {
        let mut object = request.desired.clone();
        let length = object.length.get().copied().unwrap_or(2);
        let separator = object.separator.get().cloned().unwrap_or_else(|| "-".to_owned());
        let words = (0..length).rev().map(|left| match left {
            0 => ANIMALS,
            1 => ADJECTIVES,
            _ => ADVERBS,
        });
        let drawn = words
            .filter_map(|list| draw::one(request.client, list))
            .map(|word| (*word).to_owned());
        let parts: Vec<String> = object.prefix.iter().cloned().chain(drawn).collect();
        object.id = Computed::known(parts.join(&separator));
        Ok(Created::Done(object))
    }

    async fn delete(_request: DeleteRequest<'_, Self>) -> Result<Deleted, Error> {
        Ok(Deleted::Gone)
    }
}
