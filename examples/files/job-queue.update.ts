// ... existing code ...
	/** Wait before the first retry; each further one waits twice as long. */
	readonly retryDelayMs: number;
	/** Longest wait before a retry. */
	readonly maxRetryDelayMs: number;
}

// ... existing code ...

	async #attempt(job: Job): Promise<unknown> {
		const {maxRetries, retryDelayMs, maxRetryDelayMs} = this.#options;
// ... existing code ...

				await delay(Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (job.attempts - 1)));
			}
		}
	}

// ... existing code ...
