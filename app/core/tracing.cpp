#include "app/core/tracing.hpp"

namespace app {

namespace {

// OTEL_RESOURCE_ATTRIBUTES may name the service, too.
std::string service_name(const Settings& settings) {
  if (!settings.otel_service_name->empty()) return *settings.otel_service_name;
  const bool is_named =
      settings.otel_resource_attributes->find("service.name=") != std::string::npos;
  return is_named ? std::string() : *settings.app_name;
}

}  // namespace

Tracing init_tracing(const Settings& settings) {
  if (*settings.otel_sdk_disabled) return configure_tracing({.sampler = "parentbased_always_off"});
  const auto& headers = settings.otel_exporter_otlp_headers;
  return configure_tracing(
      {.endpoint = *settings.otel_exporter_otlp_endpoint,
       .traces_endpoint = *settings.otel_exporter_otlp_traces_endpoint,
       .headers = headers ? headers->get_secret_value() : std::string(),
       .certificate = *settings.otel_exporter_otlp_certificate,
       .compression = settings.otel_exporter_otlp_compression->str(),
       .timeout_ms = static_cast<int>(*settings.otel_exporter_otlp_timeout),
       .service_name = service_name(settings),
       .resource_attributes = *settings.otel_resource_attributes,
       .sampler = settings.otel_traces_sampler->str(),
       .sampler_arg = *settings.otel_traces_sampler_arg,
       .excluded_paths = *settings.tracing_excluded_paths,
       .schedule_delay_ms = static_cast<int>(*settings.otel_bsp_schedule_delay),
       .max_queue_size = static_cast<std::size_t>(*settings.otel_bsp_max_queue_size),
       .max_export_batch_size =
           static_cast<std::size_t>(*settings.otel_bsp_max_export_batch_size)});
}

}  // namespace app
