import type {Pass} from '../edit/edit-run.ts';

const maxBarWidth = 30;
const gap = 2;
const minHeight = 3;

const keyTexts = {drafted: 'drafted', accepted: 'accepted', model: 'own'} as const;

type BarPart = keyof typeof keyTexts;

/** One bar a pass: as high as its draft, filled as far as the model agreed, with the model's own token on top. */
export class PassStrip {
	readonly #canvas = document.createElement('canvas');
	readonly #tip = document.createElement('span');
	readonly #keys: Readonly<Record<BarPart, HTMLElement>>;
	#passes: readonly Pass[] = [];
	#numDrawn = -1;

	constructor(parent: HTMLElement) {
		this.#canvas.className = 'pass-canvas';
		this.#canvas.setAttribute('role', 'img');
		this.#tip.className = 'pass-tip';
		this.#keys = {drafted: keyOf('drafted'), accepted: keyOf('accepted'), model: keyOf('model')};
		const caption = document.createElement('div');
		caption.className = 'pass-caption';
		caption.append(...Object.values(this.#keys), this.#tip);
		const strip = document.createElement('div');
		strip.className = 'pass-strip';
		strip.append(this.#canvas, caption);
		parent.append(strip);
		this.#canvas.addEventListener('pointermove', event => this.#showTip(event.offsetX));
		this.#canvas.addEventListener('pointerleave', () => this.#showTip(undefined));
		new ResizeObserver(() => this.redraw()).observe(this.#canvas);
	}

	/** Draws what is new. */
	show(passes: readonly Pass[]): void {
		this.#passes = passes;
		if (passes.length !== this.#numDrawn) {
			this.#tip.textContent = countOf(passes);
			this.redraw();
		}
	}

	/** Also after the colours or the width have changed. */
	redraw(): void {
		this.#numDrawn = this.#passes.length;
		const {clientWidth: width, clientHeight: height} = this.#canvas;
		const ratio = window.devicePixelRatio;
		const context = this.#canvas.getContext('2d')!;
		this.#canvas.width = width * ratio;
		this.#canvas.height = height * ratio;
		context.scale(ratio, ratio);
		const colour = (part: BarPart) => getComputedStyle(this.#keys[part], '::before').backgroundColor;
		const colours = {drafted: colour('drafted'), accepted: colour('accepted'), model: colour('model')};
		const highest = Math.max(8, ...this.#passes.map(pass => Math.max(pass.draftTokens, pass.numTokens)));
		const step = this.#step();
		const bar = Math.max(0.5, step - Math.min(gap, step / 3));
		const heightOf = (tokens: number) =>
			tokens === 0 ? 0 : Math.max(minHeight, (tokens / highest) * (height - minHeight));
		for (const [index, {draftTokens, acceptedTokens, numTokens}] of this.#passes.entries()) {
			const x = index * step;
			const drafted = heightOf(draftTokens);
			const accepted = heightOf(acceptedTokens);
			context.fillStyle = colours.drafted;
			context.fillRect(x, height - drafted, bar, drafted);
			context.fillStyle = colours.accepted;
			context.fillRect(x, height - accepted, bar, accepted);
			if (numTokens > acceptedTokens) {
				context.fillStyle = colours.model;
				context.fillRect(x, height - accepted - minHeight, bar, minHeight);
			}
		}
	}

	/** Tells screen readers what the bars show. */
	describe(): void {
		const drafted = this.#passes.reduce((sum, pass) => sum + pass.draftTokens, 0);
		const accepted = this.#passes.reduce((sum, pass) => sum + pass.acceptedTokens, 0);
		const text = `${this.#passes.length} passes: ${drafted} tokens drafted, ${accepted} of them accepted`;
		this.#canvas.setAttribute('aria-label', text);
	}

	#step(): number {
		const {clientWidth} = this.#canvas;
		return Math.min(maxBarWidth + gap, clientWidth / Math.max(1, this.#passes.length));
	}

	#showTip(x: number | undefined): void {
		const index = x === undefined ? -1 : Math.floor(x / this.#step());
		const pass = this.#passes[index];
		this.#tip.textContent = pass
			? `pass ${index + 1}: ${pass.draftTokens} drafted, ${pass.acceptedTokens} accepted`
			: countOf(this.#passes);
	}
}

function keyOf(part: BarPart): HTMLElement {
	const key = document.createElement('span');
	key.className = `pass-key is-${part}`;
	key.textContent = keyTexts[part];
	return key;
}

function countOf({length}: readonly Pass[]): string {
	return length === 1 ? '1 pass' : `${length} passes`;
}
