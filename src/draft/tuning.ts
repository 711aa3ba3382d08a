/** The constants of drafting that are estimates. None is sharp: the replay bench prints what half and double of each do. */
export interface Tuning {
	/** Chances that after a copied token a deletion, or an insertion, begins. */
	readonly deletionRate: number;
	readonly insertionRate: number;
	/** Chance that an insertion ends behind a token. */
	readonly insertionEnds: number;
	/** Chance that a replacement ends where the word, or the line, ends that it began in. */
	readonly unitEnds: number;
	/** A context match of n tokens competes with the prediction as if it were right n times in n + doubt. */
	readonly contextDoubt: number;
	/** Tokens that could stand where neither the prediction nor the context knows one. */
	readonly numOtherTokens: number;
	/** A place this likely for four tokens in a row is certain. */
	readonly lockCertainty: number;
	/** Words this alike, by common start and end over the longer one, are taken for a rename at first sight. */
	readonly alikeShare: number;
	/** Price of a run of new or deleted lines in an update; a shared line of words earns 2. */
	readonly openChange: number;
	/** Price of new lines next to a marker: an update shows where they belong by a line that it shares with the file. */
	readonly missingContext: number;
}

export const defaultTuning: Tuning = {
	deletionRate: 0.015,
	insertionRate: 0.06,
	insertionEnds: 0.1,
	unitEnds: 0.2,
	contextDoubt: 5,
	numOtherTokens: 100,
	lockCertainty: 0.8,
	alikeShare: 1 / 3,
	openChange: 1.2,
	missingContext: 2.5,
};
