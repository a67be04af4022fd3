//! The client by which configured services are asked. It follows nobody elsewhere: their keys go with the request.

use reqwest::Client;
use reqwest::redirect::Policy;

/// A new client.
pub(super) fn client() -> Result<Client, String> {
    web::listen::install_crypto_provider();
    let client = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("covershots/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(std::time::Duration::from_secs(5))
        .build();
    client.map_err(|error| format!("outside services can't be asked: {error}"))
}
