// Asio's own compiled half; see BOOST_ASIO_SEPARATE_COMPILATION in CMake.
#include <boost/asio/impl/src.hpp>
