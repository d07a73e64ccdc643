// What the application measures, as Prometheus, its rules and its dashboard see it.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <regex>
#include <string>

#include "monitoring/served.hpp"
#include "plinth/json.hpp"
#include "support/free_port.hpp"
#include "support/http_client.hpp"
#include "support/temporary_folder.hpp"

using plinth::Json;
using support::HttpClient;
using support::LogFile;
using support::TemporaryFolder;

namespace monitoring {
namespace {

const std::string deploy = SOURCE_FOLDER "/deploy";

// An API that has done a bit of everything, and a worker beside it.
struct Service {
  Service() {
    const auto options = api.options(worker_log);
    worker = std::make_unique<support::Child>(
        std::vector<std::string>{APP_BINARY, "worker", "--metrics-port", worker_port}, options);
    HttpClient client(api.port());
    const std::string account = R"({"email": "ada@example.com", "password": "analytical engine"})";
    CHECK(client.request("POST", "/api/v1/auth/register", account).status == 201);
    CHECK(client.request("POST", "/api/v1/auth/login", account).status == 200);
    CHECK(client.request("POST", "/api/v1/auth/login", "{}").status == 422);
    CHECK(client.request("GET", "/nowhere").status == 404);
    CHECK(HttpClient(api.port()).request("GET", "/ with a space").status == 400);
    CHECK(eventually([&] { return !worker_metrics().empty(); }));
  }
  std::string worker_metrics() const {
    return scrape(static_cast<std::uint16_t>(std::stoi(worker_port)));
  }

  Served api;
  LogFile worker_log;
  std::string worker_port = std::to_string(support::free_port());
  std::unique_ptr<support::Child> worker;
};

std::string checked(const std::string& metrics) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/metrics") << metrics;
  const auto ran = support::run_command(
      {"sh", "-c", "promtool check metrics < \"$0\" 2>&1", folder.path() + "/metrics"});
  return ran.status == 0 ? ran.out : "exit code " + std::to_string(ran.status) + ": " + ran.out;
}

// Of the text of a rule or a panel.
std::set<std::string> metrics_in(const std::string& text) {
  static const std::regex name("\\b(?:http|plinth|db_client|celery|process)_[a-z_]+\\b");
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    found.insert(at->str());
  }
  return found;
}

// The samples that these families have.
std::set<std::string> samples_of(const std::map<std::string, std::string>& families) {
  std::set<std::string> samples;
  for (const auto& [name, type] : families) {
    samples.insert(name);
    if (type != "histogram" && type != "summary") continue;
    for (const char* suffix : {"_bucket", "_sum", "_count"}) samples.insert(name + suffix);
  }
  return samples;
}

std::map<std::string, std::string> all_families(const Service& service) {
  auto families = families_of(scrape(service.api.port()));
  families.merge(families_of(service.worker_metrics()));
  return families;
}

std::vector<std::string> expressions_of(const Json& dashboard) {
  std::vector<std::string> expressions;
  for (const auto& panel : dashboard["panels"].items()) {
    if (panel["type"].str() == "row") continue;
    for (const auto& target : panel["targets"].items()) {
      expressions.push_back(target["expr"].str());
    }
  }
  return expressions;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

class Prometheus {
 public:
  explicit Prometheus(const Service& service) {
    const auto rules = deploy + "/prometheus/alerts.yml";
    std::ofstream(folder_.path() + "/prometheus.yml")
        << "global: {scrape_interval: 2s, evaluation_interval: 1s}\n"
        << "rule_files: [" << rules << "]\n"
        << "scrape_configs:\n"
        << "  - {job_name: api, static_configs: [{targets: ['127.0.0.1:" << service.api.port()
        << "']}]}\n"
        << "  - {job_name: worker, static_configs: [{targets: ['127.0.0.1:" << service.worker_port
        << "']}]}\n";
    process_ = std::make_unique<support::Child>(
        std::vector<std::string>{"prometheus",
                                 "--config.file=" + folder_.path() + "/prometheus.yml",
                                 "--storage.tsdb.path=" + folder_.path() + "/data",
                                 "--web.listen-address=127.0.0.1:" + port_, "--log.level=warn"},
        support::CommandOptions{.folder = folder_.path(), .log = log_.path()});
  }

  Json query(const std::string& expression) const {
    const auto asked = support::run_command({"curl", "--silent", "--fail", "--get",
                                             "--data-urlencode", "query=" + expression,
                                             "http://127.0.0.1:" + port_ + "/api/v1/query"});
    if (asked.status != 0) return Json::object({{"status", "away"}});
    return Json::parse(asked.out);
  }
  /// Of a query of one number; -1 when there is none.
  double number(const std::string& expression) const {
    const auto answer = query(expression);
    if (answer["status"].str() != "success") return -1;
    const auto& result = answer["data"]["result"].items();
    return result.size() == 1 ? std::stod(result[0]["value"][1].str()) : -1;
  }
  Json rules() const {
    return Json::parse(
        support::run_command({"curl", "--silent", "http://127.0.0.1:" + port_ + "/api/v1/rules"})
            .out);
  }
  std::string log() const { return log_.text(); }

 private:
  TemporaryFolder folder_;
  LogFile log_;
  std::string port_ = std::to_string(support::free_port());
  std::unique_ptr<support::Child> process_;
};

}  // namespace

TEST_CASE("promtool finds nothing wrong with what the API and a worker show") {
  const Service service;
  CHECK(checked(scrape(service.api.port())) == "");
  CHECK(checked(service.worker_metrics()) == "");
}

TEST_CASE("a Prometheus scrapes the API and its worker and answers questions about them") {
  const Service service;
  const Prometheus prometheus(service);
  REQUIRE(eventually([&] { return prometheus.number("sum(up)") == 2; }));
  const auto logins = R"(sum(http_requests_total{handler="/api/v1/auth/login",status="2xx"}))";
  // A scrape that takes too long makes all of them stale until the next one.
  const auto answers = [&](const std::string& expression, double number) {
    return eventually([&] { return prometheus.number(expression) == number; });
  };
  CHECK(answers(logins, 1));
  CHECK(answers(R"(sum(plinth_worker_pool_run_seconds_count{pool="passwords"}) >= bool 2)", 1));
  CHECK(answers(R"(sum(celery_task_sent_total{job="api"}) >= bool 1)", 1));
  CHECK(answers("sum(celery_task_succeeded_total) >= bool 1", 1));
  CHECK(answers(R"(sum(plinth_http_requests_refused_total{reason="malformed"}))", 1));

  for (auto expression :
       expressions_of(Json::parse(file_text(deploy + "/grafana/dashboard.json")))) {
    replace_all(expression, "$__rate_interval", "1m");
    replace_all(expression, "$job", ".*");
    CAPTURE(expression);
    CHECK(prometheus.query(expression)["status"].str() == "success");
  }
  CHECK(eventually([&] {
    const auto rules = prometheus.rules();
    int well = 0;
    for (const auto& group : rules["data"]["groups"].items()) {
      for (const auto& rule : group["rules"].items()) well += rule["health"].str() == "ok";
    }
    return well == 18;
  }));
  CAPTURE(prometheus.log());
  CHECK(prometheus.log().find("level=error") == std::string::npos);
}

TEST_CASE("promtool accepts the configuration, and the alerts do what their tests say") {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"promtool", "check", "config", "prometheus.yml"},
        std::vector<std::string>{"promtool", "test", "rules", "alerts_test.yml"}}) {
    const auto ran = support::run_command(command, {.folder = deploy + "/prometheus"});
    CAPTURE(ran.out);
    CAPTURE(ran.err);
    CHECK(ran.status == 0);
  }
}

TEST_CASE("every metric of the dashboard and of the alerts is there, and so is the documentation") {
  const Service service;
  const auto families = all_families(service);
  const auto samples = samples_of(families);
  for (const char* file : {"/grafana/dashboard.json", "/prometheus/alerts.yml"}) {
    const auto names = metrics_in(file_text(deploy + file));
    CHECK(names.size() > 15);
    for (const auto& name : names) {
      CAPTURE(file);
      CAPTURE(name);
      CHECK(samples.contains(name));
    }
  }

  // Every row of the tables in the document, and nothing that has none.
  const auto document = file_text(SOURCE_FOLDER "/docs/metrics.md");
  static const std::regex row("\\n\\| `([a-z_]+)` \\| (counter|gauge|histogram|summary) \\|");
  std::map<std::string, std::string> documented;
  for (std::sregex_iterator at(document.begin(), document.end(), row), end; at != end; ++at) {
    documented.emplace((*at)[1], (*at)[2]);
  }
  const auto written = [](const std::map<std::string, std::string>& all) {
    std::string lines;
    for (const auto& [name, type] : all) lines.append(name).append(" ").append(type).append("\n");
    return lines;
  };
  CHECK(written(documented) == written(families));
}

TEST_CASE("with METRICS_TOKEN only who has it sees the metrics") {
  const Served api({"METRICS_TOKEN=0123456789abcdef"});
  HttpClient client(api.port());
  const auto refused = client.request("GET", "/metrics");
  CHECK(refused.status == 401);
  CHECK(refused.head.find("www-authenticate: Bearer\r\n") != std::string::npos);
  CHECK(client.request("GET", "/metrics", {}, "0123456789abcdee").status == 401);
  CHECK(client.request("GET", "/metrics", {}, "0123456789abcdef").status == 200);
  CHECK(families_of(scrape(api.port(), "0123456789abcdef")).contains("plinth_build_info"));
}

}  // namespace monitoring
