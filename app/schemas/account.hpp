// What people send about their own accounts.
#pragma once

#include <string>

#include "app/schemas/user.hpp"

namespace app {

struct Message {
  std::string message;
};

struct PasswordChange {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  Str<max_length(4096)> current_password;
  NewPassword new_password;
};

struct EmailChange {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  Str<max_length(4096)> current_password;
  Email new_email;
};

struct EmailRequest {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  Email email;
};

// One that a mail carried.
struct TokenConfirm {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  Str<max_length(200)> token;
};

struct PasswordReset {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  Str<max_length(200)> token;
  NewPassword new_password;
};

}  // namespace app
