import type {ActivationFigures} from './measure.ts';
import type {FormatsSummary} from './summary.ts';

/** One model in all number formats. */
export interface ModelQuality extends FormatsSummary {
	readonly model: string;
	readonly activations: ActivationFigures;
}
