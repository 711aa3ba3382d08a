#include "team.h"

#include <immintrin.h>
#include <sched.h>

#include <thread>

namespace redraft {
namespace {

// Threads of a team that wait for one job after the other. A job is open until its giver has done what is left of it;
// whoever comes later has missed it, and nobody waits for him.
class Crew {
   public:
    void run(void (*function)(void*), void* argument) {
        function_ = function;
        argument_ = argument;
        const uint64_t job = (state_.load(std::memory_order_relaxed) / kJob + 1) * kJob;
        state_.store(job | kOpen, std::memory_order_release);
        function(argument);
        state_.fetch_and(~kOpen, std::memory_order_relaxed);
        wait_until([this] { return (state_.load(std::memory_order_acquire) & kWorkers) == 0; });
    }

    void dismiss() { state_.store(kOver, std::memory_order_release); }

    void stand_by() {
        uint64_t seen = 0, state = 0;
        const auto has_news = [&] {
            state = state_.load(std::memory_order_acquire);
            return state == kOver || ((state & kOpen) && state / kJob != seen);
        };
        while (wait_until(has_news), state != kOver) {
            if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) {
                seen = state / kJob;
                function_(argument_);
                state_.fetch_sub(1, std::memory_order_release);
            }
        }
    }

   private:
    // The state is the job's number, whether it is open, and how many threads beside its giver are at it.
    static constexpr uint64_t kWorkers = (1 << 16) - 1;
    static constexpr uint64_t kOpen = 1 << 16;
    static constexpr uint64_t kJob = 1 << 17;
    static constexpr uint64_t kOver = ~uint64_t{0};

    template <class Condition>
    static void wait_until(const Condition& is_met) {
        constexpr int kPauses = 64;
        for (int pauses = 0; !is_met(); ++pauses) {
            if (pauses < kPauses) {
                _mm_pause();
            } else {
                sched_yield();
            }
        }
    }

    alignas(64) std::atomic<uint64_t> state_{0};
    void (*function_)(void*) = nullptr;
    void* argument_ = nullptr;
};

thread_local Crew* crew = nullptr;

struct Gathering {
    void (*function)(void*);
    void* argument;
    std::thread::id giver;
    Crew crew;
};

void take_part(void* argument) {
    Gathering& gathering = *static_cast<Gathering*>(argument);
    if (std::this_thread::get_id() != gathering.giver) {
        return gathering.crew.stand_by();
    }
    crew = &gathering.crew;
    gathering.function(gathering.argument);
    crew = nullptr;
    gathering.crew.dismiss();
}

}  // namespace

RunTeam run_team = nullptr;

void run_together(void (*function)(void*), void* argument, int num_threads) {
    if (crew) {
        crew->run(function, argument);
    } else {
        run_team(function, argument, static_cast<unsigned>(num_threads), 0);
    }
}

void run_with_crew(void (*function)(void*), void* argument, int num_threads) {
    if (num_threads <= 1 || !run_team) {
        return function(argument);
    }
    Gathering gathering{function, argument, std::this_thread::get_id(), {}};
    run_team(take_part, &gathering, static_cast<unsigned>(num_threads), 0);
}

}  // namespace redraft
