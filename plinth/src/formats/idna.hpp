// International domain names: the mapping of UTS 46 and the strict labels of IDNA 2008.
// Source: RFC 5890 to 5893, UTS 46; messages as the Python package idna 3.20 words them, with its
// own reading of labels.
#pragma once

#include <string>
#include <string_view>

#include "formats/checked.hpp"
#include "formats/unicode.hpp"

namespace plinth::formats {

/// Case folded, width folded, NFC; non-transitional, without STD3 rules.
Checked<CodePoints> uts46_remap(CodePointsView domain);

/// A label as the DNS has it: "xn--…" where it is not ASCII.
Checked<std::string> to_a_label(CodePointsView label);
/// A domain of A-labels and plain ones in Unicode.
Checked<CodePoints> to_unicode_domain(std::string_view ascii_domain);

/// All rules of IDNA 2008 for one label in Unicode.
Refusal check_label(CodePointsView label);

}  // namespace plinth::formats
