//! The graph as text for Graphviz.

use std::fmt::Write as _;

use crate::Graph;

impl<N> Graph<N> {
    /// Renders the graph in Graphviz's language, arrows from dependents to dependencies.
    pub fn to_dot(&self, label: impl Fn(&N) -> String) -> String {
        let mut dot = String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect];\n");
        for (id, node) in self.iter() {
            writeln!(dot, "  n{} [label=\"{}\"];", id.index(), escape(&label(node))).expect(WRITES);
        }
        for (dependent, dependency) in self.edges() {
            writeln!(dot, "  n{} -> n{};", dependent.index(), dependency.index()).expect(WRITES);
        }
        dot.push_str("}\n");
        dot
    }
}

const WRITES: &str = "writing to a string does not fail";

fn escape(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted_and_arrows_point_at_dependencies() {
        let mut graph = Graph::new();
        let a = graph.add_node("x[\"k\\\"]");
        let b = graph.add_node("b");
        graph.add_edge(a, b);
        let dot = graph.to_dot(|name| (*name).to_owned());
        assert!(dot.contains(r#"n0 [label="x[\"k\\\"]"];"#), "{dot}");
        assert!(dot.contains("n0 -> n1;"), "{dot}");
    }
}
