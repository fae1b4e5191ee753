//! Which requests belong together: those of one problem. Answers to one problem depend on each other however often it
//! is sent, so every interval, every draw and every test takes whole problems. A request that names none is its own.

use std::collections::HashMap;

use super::scores::RequestScores;

/// The cluster of each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    numbers: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl Clusters {
    /// Numbers the clusters from 0, in the order of their first requests.
    pub fn of(requests: &[RequestScores]) -> Self {
        let mut named: HashMap<&str, usize> = HashMap::new();
        let mut found = Self { numbers: Vec::with_capacity(requests.len()), members: Vec::new() };
        for (index, request) in requests.iter().enumerate() {
            let next = found.members.len();
            let number = request.problem.as_deref().map_or(next, |problem| *named.entry(problem).or_insert(next));
            if number == next {
                found.members.push(Vec::new());
            }
            found.members[number].push(index);
            found.numbers.push(number);
        }
        found
    }

    /// The number of the cluster of a request.
    pub fn number(&self, request: usize) -> usize {
        self.numbers[request]
    }

    /// The requests of each cluster, ascending.
    pub fn members(&self) -> &[Vec<usize>] {
        &self.members
    }

    /// Number of clusters.
    pub fn count(&self) -> usize {
        self.members.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;

    #[test]
    fn requests_of_one_problem_are_one_cluster() {
        let mut requests: Vec<_> = (0..5).map(|n| request(n, &[Role::Independent; 2], 0.5)).collect();
        requests[1].problem = Some("p".into());
        requests[3].problem = Some("p".into());
        let clusters = Clusters::of(&requests);
        assert_eq!(clusters.members(), [vec![0], vec![1, 3], vec![2], vec![4]]);
        assert_eq!((clusters.number(3), clusters.number(4), clusters.count()), (1, 3, 4));
    }
}
