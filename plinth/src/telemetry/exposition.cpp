#include "telemetry/exposition.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "json/writer.hpp"

namespace plinth::telemetry {

using base::ChildSnapshot;
using base::FamilySnapshot;
using base::MetricKind;

namespace {

// Both escape backslash and line feed; a label's value also its quotes.
void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (c == '"' && in_quotes)) out += '\\';
      out += c;
    }
  }
}

// Sorted by name, as prometheus_client sorts them.
std::vector<Label> labels_of(const FamilySnapshot& family, const ChildSnapshot& child) {
  const auto& names = family.description.labels;
  std::vector<Label> labels;
  for (std::size_t i = 0; i < names.size(); ++i) labels.emplace_back(names[i], child.values[i]);
  std::ranges::sort(labels);
  return labels;
}

void append_histogram(std::string& out, const FamilySnapshot& family, const ChildSnapshot& child,
                      const std::vector<Label>& labels) {
  const auto& metric = family.description;
  double count = 0;
  for (std::size_t bucket = 0; bucket < metric.buckets.size(); ++bucket) {
    std::string bound;
    append_number(bound, metric.buckets[bucket]);
    auto with_bound = labels;
    with_bound.emplace_back("le", std::move(bound));
    std::ranges::sort(with_bound);
    count += child.cells[bucket];
    append_sample(out, metric.name + "_bucket", with_bound, count);
  }
  append_sample(out, metric.name + "_count", labels, count);
  append_sample(out, metric.name + "_sum", labels, child.cells[metric.buckets.size()]);
}

void append_child(std::string& out, const FamilySnapshot& family, const ChildSnapshot& child) {
  const auto& metric = family.description;
  const auto labels = labels_of(family, child);
  switch (metric.kind) {
    case MetricKind::counter:
      append_sample(out, metric.name + "_total", labels, child.cells[0]);
      break;
    case MetricKind::gauge:
      append_sample(out, metric.name, labels, child.cells[0]);
      break;
    case MetricKind::summary:
      append_sample(out, metric.name + "_count", labels, child.cells[0]);
      append_sample(out, metric.name + "_sum", labels, child.cells[1]);
      break;
    case MetricKind::histogram:
      append_histogram(out, family, child, labels);
  }
}

}  // namespace

void append_head(std::string& out, std::string_view name, std::string_view type,
                 std::string_view documentation) {
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, documentation, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(std::string& out, std::string_view name, const std::vector<Label>& labels,
                   double value) {
  out += name;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out += i == 0 ? '{' : ',';
    out.append(labels[i].first).append("=\"");
    append_escaped(out, labels[i].second, true);
    out += '"';
  }
  if (!labels.empty()) out += '}';
  out += ' ';
  append_number(out, value);
  out += '\n';
}

void append_family(std::string& out, const FamilySnapshot& family) {
  constexpr std::string_view types[] = {"counter", "gauge", "summary", "histogram"};
  const auto& metric = family.description;
  const auto& children = family.children;
  append_head(out, metric.kind == MetricKind::counter ? metric.name + "_total" : metric.name,
              types[static_cast<std::size_t>(metric.kind)], metric.documentation);
  for (const auto& child : children) append_child(out, family, child);
  if (metric.kind == MetricKind::gauge || children.empty()) return;
  const auto created = metric.name + "_created";
  append_head(out, created, "gauge", metric.documentation);
  for (const auto& child : children) {
    append_sample(out, created, labels_of(family, child), child.created);
  }
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::string text;
  json::append_float(text, value, json::Floats::python);
  const auto point = text.find('.');
  if (value <= 0 || point == std::string::npos || point <= 6) {
    out += text;
    return;
  }
  auto mantissa = text.substr(0, 1) + "." + text.substr(1, point - 1) + text.substr(point + 1);
  mantissa.erase(mantissa.find_last_not_of("0.") + 1);
  const auto exponent = std::to_string(point - 1);
  out.append(mantissa).append(exponent.size() < 2 ? "e+0" : "e+").append(exponent);
}

}  // namespace plinth::telemetry
