import type {StartedEvent, SummaryEvent} from './call.ts';

/** Tokens of an answer, in OpenAI's terms; `completion_tokens` are those that were written. */
export interface Usage {
	readonly prompt_tokens: number;
	readonly completion_tokens: number;
	readonly total_tokens: number;
	readonly completion_tokens_details: {
		readonly accepted_prediction_tokens: number;
		/** Tokens of the prediction that the answer does not hold. */
		readonly rejected_prediction_tokens: number;
		readonly reasoning_tokens: number;
		readonly audio_tokens: number;
	};
}

export function usageOf({promptTokens, predictionTokens = 0}: StartedEvent, {figures}: SummaryEvent): Usage {
	const accepted = Math.min(predictionTokens, figures.sources.original + figures.sources.update);
	return {
		prompt_tokens: promptTokens,
		completion_tokens: figures.outputTokens,
		total_tokens: promptTokens + figures.outputTokens,
		completion_tokens_details: {
			accepted_prediction_tokens: accepted,
			rejected_prediction_tokens: predictionTokens - accepted,
			reasoning_tokens: 0,
			audio_tokens: 0,
		},
	};
}
