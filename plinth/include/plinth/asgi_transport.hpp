// Calls that an App of this process answers, without sockets. Stands for httpx.ASGITransport.
//
//   App shop = create_shop();
//   AsyncClient client({.base_url = "http://shop"}, asgi_transport(shop));
#pragma once

#include <memory>

#include "plinth/app.hpp"
#include "plinth/http_client.hpp"

namespace plinth {

/// Starts the app, and shuts it down when the last client with it is gone: both outside of a
/// running event loop, on one thread. The app must outlive it. What a handler throws and nobody
/// answers is the 500 that clients see.
std::shared_ptr<AsyncTransport> asgi_transport(App& app);

}  // namespace plinth
