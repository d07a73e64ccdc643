// The error that a piece of work on an engine must end with.
#pragma once

#include <doctest/doctest.h>

#include <stdexcept>

#include "models.hpp"

namespace models {

template <class Error, class Function>
Error caught(Engine& engine, Function function) {
  try {
    run(function(engine));
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error of that kind");
  throw std::logic_error("unreachable");
}

}  // namespace models
