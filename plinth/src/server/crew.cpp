#include "server/crew.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace plinth::server {

void Crew::tell(const Member& member, Stage stage) {
  auto* worker = member.worker;
  switch (stage) {
    case Stage::serving:
      return;
    case Stage::leaving:
      member.address.post([worker] { worker->leave(); });
      return;
    case Stage::stopping:
      member.address.post([worker] { worker->stop(); });
      return;
    case Stage::ended:
      member.address.post([loop = member.loop] { loop->stop(); });
      return;
  }
}

void Crew::advance(Stage stage) {
  const std::lock_guard lock(mutex_);
  if (stage <= stage_) return;
  stage_ = stage;
  for (const auto& member : members_) tell(member, stage);
}

Stage Crew::stage() const {
  const std::lock_guard lock(mutex_);
  return stage_;
}

void Crew::use_tls(std::shared_ptr<SSL_CTX> tls) {
  const std::lock_guard lock(mutex_);
  tls_ = std::move(tls);
  for (const auto& member : members_) {
    member.address.post([worker = member.worker, tls = tls_] { worker->use_tls(tls); });
  }
}

bool Crew::roll_call() {
  const std::lock_guard lock(mutex_);
  const bool all_there = !answers_ || answers_->load() >= std::min(asked_, members_.size());
  answers_ = std::make_shared<std::atomic<std::size_t>>(0);
  asked_ = members_.size();
  for (const auto& member : members_) {
    member.address.post([answers = answers_] { answers->fetch_add(1); });
  }
  return all_there;
}

Crew::Membership::Membership(Crew& crew, Worker& worker) : crew_(crew), worker_(worker) {
  auto& loop = base::Loop::current();
  const std::lock_guard lock(crew_.mutex_);
  worker.use_tls(crew_.tls_);
  crew_.members_.push_back({&worker, &loop, loop.address()});
  tell(crew_.members_.back(), crew_.stage_);
  if (crew_.stage_ == Stage::ended) loop.stop();
}

Crew::Membership::~Membership() {
  const std::lock_guard lock(crew_.mutex_);
  std::erase_if(crew_.members_, [&](const Member& member) { return member.worker == &worker_; });
}

}  // namespace plinth::server
