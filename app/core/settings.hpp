// One source of truth: the environment and .env, read once at start-up.
#pragma once

#include <string>
#include <vector>

#include "app/prelude.hpp"

namespace app {

std::vector<std::string> any_origin();
std::vector<std::string> any_host();
std::vector<std::string> probes();
/// Why a text is no rate; empty for one such as "10/minute", and for "off".
std::string rate_or_off(const std::string& text);

/// Why a text is no list of log levels such as "plinth.db=debug,app=warning"; empty for one.
std::string logger_levels(const std::string& text);

struct Settings {
  Str<defaults_to("FastAPI App")> app_name;
  Str<defaults_to("local")> env;  // "production" refuses the unsafe defaults below
  Bool<defaults_to(true)> debug;

  Field<Secret, defaults_to("change-me")> secret_key;
  Int<gt(0), le(525'600'000), defaults_to(60)> access_token_expire_minutes;
  // A refresh token is good so long, once; each use makes the next.
  Int<gt(0), le(3650), defaults_to(30)> refresh_token_expire_days;
  // So long a used one gives the token that its use made once more, to whoever lost the answer, as
  // long as that one was not used. 0: whoever uses one twice ends the family.
  Int<ge(0), le(300), defaults_to(0)> refresh_token_grace_seconds;
  Field<Literal<"HS256", "HS384", "HS512">, defaults_to("HS256")> jwt_alg;  // of SECRET_KEY
  // More keys, a JWK set that `app keys` writes and a running service rereads: other algorithms,
  // and new secrets without logging anybody out.
  std::optional<std::string> jwt_keys_file;
  Str<defaults_to("")> jwt_issuer;    // "iss" of tokens, required in those that come; "": none
  Str<defaults_to("")> jwt_audience;  // "aud" likewise
  Int<ge(0), le(60), defaults_to(0)> jwt_leeway_seconds;  // how far other hosts' clocks may be off

  // What new password hashes are; old ones of either kind verify, and a login renews them. bcrypt,
  // the default, is what a Python service beside this one, or after a roll-back, can read.
  Field<Literal<"bcrypt", "argon2id">, defaults_to("bcrypt")> password_hash;
  // A file of passwords that nobody may choose, one a line.
  std::optional<std::string> password_deny_list;

  std::string database_url;  // sqlite:///app.db
  // redis://localhost:6379/0 holds the tasks for workers; without it the database holds them, and
  // the process that serves runs them.
  std::optional<std::string> redis_url;
  std::optional<Secret> smtp_url;  // smtp://user:password@mail.example.com; none: mails are logged
  Str<defaults_to("noreply@localhost")> mail_from;  // "Shop <shop@example.com>"
  // Where the links of mails lead: https://app.example.com makes …/reset-password?token=…
  // None: a mail shows the token alone.
  std::optional<Url> frontend_url;
  Int<gt(0), le(43'200), defaults_to(60)> password_reset_expire_minutes;
  Int<gt(0), le(8'760), defaults_to(48)> email_token_expire_hours;  // to prove an address
  // True, as the seed: /register says 400 for an address that has an account, so that whoever asks
  // learns who has one. False: 202 whatever, and a mail to the address says more.
  Bool<defaults_to(true)> register_reveals_accounts;
  // Instead of the welcome, a mail with a link that proves the address.
  Bool<defaults_to(false)> verify_email_at_register;
  // "*" lets every site act for your users: only with DEBUG.
  Field<std::vector<std::string>, default_factory<any_origin>> cors_origins;
  // The hosts that this service is, "api.example.com" or "*.example.com"; others are refused. "*":
  // any, where a proxy in front looks after it.
  Field<std::vector<std::string>, default_factory<any_host>> allowed_hosts;
  // Strict-Transport-Security: for how many seconds browsers use https only; 0: not said.
  Int<ge(0), defaults_to(31'536'000)> hsts_max_age;
  Bool<defaults_to(false)> hsts_include_subdomains;
  Bool<defaults_to(false)>
      hsts_over_http;  // also when the proxy in front does not say that it was https

  // The proxies whose X-Forwarded-For and -Proto are believed: addresses and networks, separated by
  // commas, as uvicorn takes them; "" for none.
  Str<defaults_to("127.0.0.1,::1")> forwarded_allow_ips;
  // "forwarded": they send Forwarded (RFC 7239) instead.
  Field<Literal<"x-forwarded", "forwarded">, defaults_to("x-forwarded")> forwarded_fields;
  Bool<defaults_to(false)> forwarded_host;  // they also set the host

  // How often something may be asked (docs/rate-limits.md); "off": as often as one likes. Counted
  // in Redis with REDIS_URL, else by each process.
  Bool<defaults_to(true)> rate_limit_enabled;
  Field<Literal<"memory", "allow", "deny">, defaults_to("memory")>
      rate_limit_on_error;  // without Redis
  Int<ge(10), le(10'000), defaults_to(250)> rate_limit_timeout_ms;
  // By the client's network, an IPv4 address or a /64 of IPv6; many people may share one.
  Str<check<rate_or_off>, defaults_to("off")> rate_limit_default;  // of everything
  Str<check<rate_or_off>, defaults_to("60/minute")> rate_limit_login;
  Str<check<rate_or_off>, defaults_to("60/hour")> rate_limit_register;
  Str<check<rate_or_off>, defaults_to("300/minute")> rate_limit_refresh;
  Str<check<rate_or_off>, defaults_to("30/hour")> rate_limit_reset;  // and other mails
  // Failed logins of an account from one network, and from all that it never logged in from.
  Str<check<rate_or_off>, defaults_to("10/15 minutes")> rate_limit_login_failures;
  Str<check<rate_or_off>, defaults_to("100/hour")> rate_limit_login_account;
  Str<check<rate_or_off>, defaults_to("5/hour")> rate_limit_mail;  // asked for, to one address
  // TLS: PEM files, as uvicorn's --ssl-certfile (with the chain) and --ssl-keyfile. None: plain
  // HTTP.
  std::optional<std::string> ssl_certfile;
  std::optional<std::string> ssl_keyfile;
  std::optional<Secret> ssl_keyfile_password;
  Int<ge(1), le(256), defaults_to(1)> web_concurrency;  // processes that serve
  // After SIGTERM: still accepting, so long, while balancers see that /ready fails; then waiting
  // for requests that run.
  Int<ge(0), le(3600), defaults_to(0)> drain_delay_seconds;
  Int<ge(0), le(3600), defaults_to(30)> grace_period_seconds;
  // Limits of a process; docs/limits.md has those that are no settings. One connection more is
  // 503; 0 for an address is any number, as behind a proxy, whose address all of them have.
  Int<gt(0), le(1'000'000), defaults_to(20'000)> connections_max;
  Int<ge(0), le(1'000'000), defaults_to(0)> connections_per_address_max;
  Int<gt(0), le(3600), defaults_to(5)> keep_alive_timeout_seconds;  // between two requests
  Int<ge(0), le(86'400), defaults_to(60)> handler_timeout_seconds;  // then 503; 0: any time
  // What waited longer for an overloaded process is 503 before anything is done for it; 0: nothing.
  Int<ge(0), le(60'000), defaults_to(500)> queue_ms_max;
  Int<gt(0), le(1'073'741'824), defaults_to(1'048'576)> body_bytes_max;  // more is 413

  // Where the processes of this host keep their metrics, so that each shows the sums
  // (docs/metrics.md). Without it a process shows its own; those of WEB_CONCURRENCY have a folder
  // of their own.
  std::optional<std::string> prometheus_multiproc_dir;
  std::optional<Secret>
      metrics_token;  // GET /metrics needs "Authorization: Bearer <this>"; none: open

  Field<Literal<"debug", "info", "warning", "error">, defaults_to("info")> log_level;
  Field<Literal<"console", "json">, defaults_to("console")> log_format;
  Str<check<logger_levels>, defaults_to("")> log_levels;  // of some loggers: plinth.db=debug
  // A statement that takes longer is a warning, with its text and without its values; 0: all; -1:
  // none.
  Int<ge(-1), le(86'400'000), defaults_to(1000)> log_slow_query_ms;

  // Traces, under OpenTelemetry's names (docs/tracing.md). Without an endpoint they are handed on
  // and logged, and no span is kept.
  Bool<defaults_to(false)> otel_sdk_disabled;               // true: as without an endpoint
  Str<defaults_to("")> otel_exporter_otlp_endpoint;         // http://localhost:4318
  Str<defaults_to("")> otel_exporter_otlp_traces_endpoint;  // the same with its path
  std::optional<Secret> otel_exporter_otlp_headers;         // api-key=…,other=…
  Str<defaults_to("")> otel_exporter_otlp_certificate;      // PEM: who signed the collector's
  // JSON is sent; who takes one over HTTP takes the other.
  Field<Literal<"http/json", "http/protobuf">, defaults_to("http/json")>
      otel_exporter_otlp_protocol;
  Field<Literal<"gzip", "none">, defaults_to("gzip")> otel_exporter_otlp_compression;
  Int<gt(0), le(600'000), defaults_to(10'000)> otel_exporter_otlp_timeout;  // milliseconds
  Str<defaults_to("")> otel_service_name;                                   // none: APP_NAME
  Str<defaults_to("")> otel_resource_attributes;  // deployment.environment.name=production,…
  Field<Literal<"always_on", "always_off", "traceidratio", "parentbased_always_on",
                "parentbased_always_off", "parentbased_traceidratio">,
        defaults_to("parentbased_always_on")>
      otel_traces_sampler;
  Str<defaults_to("")> otel_traces_sampler_arg;                         // the ratio: 0.01
  Int<ge(0), le(600'000), defaults_to(5'000)> otel_bsp_schedule_delay;  // milliseconds
  Int<gt(0), le(1'000'000), defaults_to(2'048)> otel_bsp_max_queue_size;
  Int<gt(0), le(100'000), defaults_to(512)> otel_bsp_max_export_batch_size;
  // Requests that are worth no trace.
  Field<std::vector<std::string>, default_factory<probes>> tracing_excluded_paths;

  /// Why these settings must not run in production; empty when they may.
  static std::string check(const Settings& settings);
};

/// Where the settings are: .env, and the folder of secrets.
SettingsOptions settings_options();

/// Reads the environment, .env and the secrets. Throws SettingsError that lists everything that is
/// wrong.
Settings get_settings();

}  // namespace app
