//! What a replay came to.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::json;

pub(crate) struct Report {
    pub(crate) trace: String,
    pub(crate) backend: String,
    pub(crate) requests: u64,
    pub(crate) hits: u64,
    /// `None` where the backend does not count them.
    pub(crate) evictions: Option<u64>,
    pub(crate) elapsed: Duration,
    /// In nanoseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Report {
    pub(crate) fn text(&self) -> String {
        let evictions = self.evictions.map_or_else(|| "not counted".to_owned(), |n| n.to_string());
        let quantile = |quantile| self.latency.value_at_quantile(quantile) as f64 / 1000.0;
        format!(
            "trace        {}\n\
             backend      {}\n\
             requests     {}\n\
             hits         {}\n\
             hit_ratio    {:.4}\n\
             evictions    {evictions}\n\
             throughput   {:.0} requests/s\n\
             latency      p50 {:.3} µs, p99 {:.3} µs, p99.9 {:.3} µs",
            self.trace,
            self.backend,
            self.requests,
            self.hits,
            self.hit_ratio(),
            self.throughput(),
            quantile(0.5),
            quantile(0.99),
            quantile(0.999),
        )
    }

    pub(crate) fn json(&self) -> String {
        let quantile = |quantile| self.latency.value_at_quantile(quantile);
        json!({
            "trace": self.trace,
            "backend": self.backend,
            "requests": self.requests,
            "hits": self.hits,
            "hit_ratio": self.hit_ratio(),
            "evictions": self.evictions,
            "seconds": self.elapsed.as_secs_f64(),
            "requests_per_second": self.throughput(),
            "latency_ns": {
                "p50": quantile(0.5),
                "p99": quantile(0.99),
                "p99.9": quantile(0.999),
                "measured": self.latency.len(),
            },
        })
        .to_string()
    }

    fn hit_ratio(&self) -> f64 {
        self.hits as f64 / self.requests as f64
    }

    fn throughput(&self) -> f64 {
        // A clock that did not move would make it endless, which is no number of JSON.
        self.requests as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(evictions: Option<u64>) -> Report {
        let mut latency = Histogram::new_with_bounds(1, 1_000_000, 3).unwrap();
        for nanos in 1..=1000 {
            latency.saturating_record(nanos);
        }
        Report {
            trace: "t \"quoted\"".to_owned(),
            backend: "memory".to_owned(),
            requests: 8,
            hits: 2,
            evictions,
            elapsed: Duration::from_millis(2),
            latency,
        }
    }

    #[test]
    fn text_tells_every_number() {
        let expected = "trace        t \"quoted\"\n\
                        backend      memory\n\
                        requests     8\n\
                        hits         2\n\
                        hit_ratio    0.2500\n\
                        evictions    3\n\
                        throughput   4000 requests/s\n\
                        latency      p50 0.500 µs, p99 0.990 µs, p99.9 0.999 µs";
        assert_eq!(report(Some(3)).text(), expected);
        assert!(report(None).text().contains("evictions    not counted"));
    }

    #[test]
    fn json_is_one_object_with_every_number() {
        let json: serde_json::Value = serde_json::from_str(&report(Some(3)).json()).unwrap();
        let expected = json!({
            "trace": "t \"quoted\"",
            "backend": "memory",
            "requests": 8,
            "hits": 2,
            "hit_ratio": 0.25,
            "evictions": 3,
            "seconds": 0.002,
            "requests_per_second": 4000.0,
            "latency_ns": { "p50": 500, "p99": 990, "p99.9": 999, "measured": 1000 },
        });
        assert_eq!(json, expected);
        let uncounted: serde_json::Value = serde_json::from_str(&report(None).json()).unwrap();
        assert!(uncounted["evictions"].is_null());
    }
}
