//! The scripted upstream as a program, for tests in other languages.
//!
//! ```text
//! POST /script   {"model":"a1","replies":[[{"do":"head","status":200,"headers":[["content-type","application/json"]]},{"do":"text","text":"{}"},{"do":"end"}]]}
//!                {"model":"a1","replies":[[{"do":"say","text":"Paris","thinking":"","calls":[]}],[{"do":"refuse","status":429}]]}
//! POST /release  {"gate":"go"}
//! POST /forget   drops scripts and what was seen
//! GET  /seen     {"data":[{"model","method","path","headers","body":BASE64,"hung_up","finished"}]}
//! ```

use whole::upstream::Upstream;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let upstream = Upstream::start_on(port).await;
    println!("listening http://{}", upstream.address());
    std::future::pending::<()>().await;
}
