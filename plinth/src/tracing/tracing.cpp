#include "plinth/tracing.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/trace.hpp"
#include "plinth/values.hpp"
#include "tracing/exporter.hpp"
#include "tracing/pairs.hpp"
#include "tracing/sampler.hpp"

namespace plinth {
namespace {

std::string traces_url(const TracingOptions& options) {
  if (!options.traces_endpoint.empty()) return options.traces_endpoint;
  auto url = options.endpoint;
  if (url.empty()) return url;
  if (!url.ends_with('/')) url += '/';
  return url + "v1/traces";
}

std::string program_name() {
  std::array<char, 4096> path{};
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return {};
  const std::string_view whole(path.data(), static_cast<std::size_t>(size));
  return std::string(whole.substr(whole.rfind('/') + 1));
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

// Source: the semantic conventions for resources; what is configured wins.
std::vector<base::SpanAttribute> resource_of(const TracingOptions& options) {
  std::vector<base::SpanAttribute> resource;
  const auto add = [&](std::string_view key, base::SpanAttribute::Value value) {
    const auto same = std::ranges::find(resource, key, &base::SpanAttribute::key);
    if (same == resource.end()) resource.push_back({std::string(key), std::move(value)});
  };
  if (!options.service_name.empty()) add("service.name", options.service_name);
  for (auto& [name, value] :
       tracing::parse_pairs("resource attributes", options.resource_attributes)) {
    add(name, std::move(value));
  }
  add("service.name", "unknown_service:" + program_name());
  add("service.instance.id", Uuid::random().str());
  add("host.name", host_name());
  add("process.pid", static_cast<std::int64_t>(::getpid()));
  add("telemetry.sdk.language", "cpp");
  add("telemetry.sdk.name", "plinth");
  add("telemetry.sdk.version", PLINTH_VERSION);
  return resource;
}

void check_at_least(std::string_view option, std::int64_t value, std::int64_t least) {
  if (value >= least) return;
  throw std::invalid_argument("tracing " + std::string(option) + " " + std::to_string(value) +
                              ": use " + std::to_string(least) + " or more");
}

tracing::ExporterOptions exporter_options(const TracingOptions& options, std::string url) {
  if (options.compression != "gzip" && options.compression != "none") {
    throw std::invalid_argument("tracing compression \"" + options.compression +
                                "\": use gzip or none");
  }
  check_at_least("timeout_ms", options.timeout_ms, 1);
  check_at_least("schedule_delay_ms", options.schedule_delay_ms, 0);
  check_at_least("max_queue_size", static_cast<std::int64_t>(options.max_queue_size), 1);
  check_at_least("max_export_batch_size", static_cast<std::int64_t>(options.max_export_batch_size),
                 1);
  return {.collector = {.url = std::move(url),
                        .headers = tracing::parse_pairs("OTLP headers", options.headers),
                        .certificate = options.certificate,
                        .gzip = options.compression == "gzip",
                        .timeout_ms = options.timeout_ms},
          .resource = resource_of(options),
          .schedule_delay_ms = options.schedule_delay_ms,
          .queue_limit = options.max_queue_size,
          .batch_limit = std::min(options.max_export_batch_size, options.max_queue_size),
          .shutdown_timeout_ms = std::max(0, options.shutdown_timeout_ms)};
}

}  // namespace

class Tracing::Impl final : public base::Tracer {
 public:
  explicit Impl(TracingOptions options)
      : sampler_(options.sampler, options.sampler_arg),
        excluded_paths_(std::move(options.excluded_paths)) {
    if (auto url = traces_url(options); !url.empty()) {
      exporter_.emplace(exporter_options(options, std::move(url)));
    }
    previous_ = base::set_tracer(this);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() override { base::set_tracer(previous_); }

  bool samples(const base::TraceId& id, const base::SpanContext* parent) const noexcept override {
    return sampler_.samples(id, parent);
  }
  bool exports() const noexcept override { return exporter_.has_value(); }
  bool leaves_out(std::string_view path) const noexcept override {
    return std::ranges::find(excluded_paths_, path) != excluded_paths_.end();
  }
  void take(std::unique_ptr<base::SpanData> span) noexcept override {
    if (exporter_) exporter_->take(std::move(span));
  }

  tracing::Exporter* exporter() { return exporter_ ? &*exporter_ : nullptr; }

 private:
  tracing::Sampler sampler_;
  std::vector<std::string> excluded_paths_;
  std::optional<tracing::Exporter> exporter_;
  base::Tracer* previous_ = nullptr;
};

Tracing::Tracing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracing::Tracing(Tracing&&) noexcept = default;
Tracing::~Tracing() = default;

void Tracing::flush(int timeout_ms) {
  if (auto* exporter = impl_->exporter()) exporter->flush(timeout_ms);
}
std::uint64_t Tracing::exported() const {
  const auto* exporter = impl_->exporter();
  return exporter ? exporter->exported() : 0;
}
std::uint64_t Tracing::dropped() const {
  const auto* exporter = impl_->exporter();
  return exporter ? exporter->dropped() : 0;
}

Tracing configure_tracing(TracingOptions options) {
  return Tracing(std::make_unique<Tracing::Impl>(std::move(options)));
}

}  // namespace plinth
