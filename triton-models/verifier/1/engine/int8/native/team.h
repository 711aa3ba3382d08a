// Work shared out to the threads that torch already has, and memory that a thread keeps from call to call.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace redraft {

// libgomp's: runs the function on that many threads, the caller's among them, and returns when all have ended.
using RunTeam = void (*)(void (*function)(void*), void* argument, unsigned num_threads, unsigned flags);
extern RunTeam run_team;

// Runs the function on the caller's thread and on others, whichever come in time: on those that stand by, or else on a
// team that is woken for it.
void run_together(void (*function)(void*), void* argument, int num_threads);

// Runs the function on the caller's thread while the others of its team stand by for all that it shares out: to wake
// them each time would take as long as the work. Standing by, they leave the processor to whoever else has use for it.
void run_with_crew(void (*function)(void*), void* argument, int num_threads);

// The same for a body.
template <class Body>
void with_crew(int num_threads, const Body& body) {
    struct Call {
        const Body& body;
        bool lacks_memory = false;
    } call{body};
    const auto run = [](void* argument) {
        Call& call = *static_cast<Call*>(argument);
        try {
            call.body();
        } catch (const std::bad_alloc&) {
            // It must not leave the team's function.
            call.lacks_memory = true;
        }
    };
    run_with_crew(run, &call, num_threads);
    if (call.lacks_memory) {
        throw std::bad_alloc();
    }
}

// Runs body(item) for each item. Which thread runs which item is left to chance, so that a slow one delays nobody.
template <class Body>
void share(int64_t num_items, int num_threads, const Body& body) {
    if (num_items <= 1 || num_threads <= 1 || !run_team) {
        for (int64_t item = 0; item < num_items; ++item) {
            body(item);
        }
        return;
    }
    struct Work {
        const Body& body;
        int64_t num_items;
        std::atomic<int64_t> next{0};
        std::atomic<bool> lacks_memory{false};
    } work{body, num_items};
    const auto run = [](void* argument) {
        Work& work = *static_cast<Work*>(argument);
        try {
            for (int64_t item; (item = work.next.fetch_add(1, std::memory_order_relaxed)) < work.num_items;) {
                work.body(item);
            }
        } catch (const std::bad_alloc&) {
            work.lacks_memory = true;
        }
    };
    run_together(run, &work, static_cast<int>(num_items < num_threads ? num_items : num_threads));
    if (work.lacks_memory) {
        throw std::bad_alloc();
    }
}

// Grows and never shrinks; what it held before is lost when it grows.
class Scratch {
   public:
    ~Scratch() { std::free(memory_); }

    template <class Value>
    Value* of(int64_t count) {
        constexpr int64_t kLine = 64;
        const int64_t num_bytes = (count * static_cast<int64_t>(sizeof(Value)) + kLine) / kLine * kLine;
        if (num_bytes > num_bytes_) {
            std::free(memory_);
            num_bytes_ = 0;
            memory_ = std::aligned_alloc(kLine, static_cast<size_t>(num_bytes));
            if (!memory_) {
                throw std::bad_alloc();
            }
            num_bytes_ = num_bytes;
        }
        return static_cast<Value*>(memory_);
    }

   private:
    void* memory_ = nullptr;
    int64_t num_bytes_ = 0;
};

}  // namespace redraft
