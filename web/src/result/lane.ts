import type {EditRun} from '../edit/edit-run.ts';
import {SourceView} from '../editors/source-view.ts';
import {FiguresView, formatMs} from './figures-view.ts';
import {PassStrip} from './pass-strip.ts';

const stateTexts = {
	running: 'running',
	finished: 'done',
	cancelled: 'cancelled',
	failed: 'broke off',
} as const;

/** One run on the screen: its time, its counters, its passes, and its text. */
export class Lane {
	readonly element = document.createElement('article');
	readonly run: EditRun;
	readonly #clock = document.createElement('span');
	readonly #state = document.createElement('span');
	readonly #progress = document.createElement('progress');
	readonly #figures: FiguresView;
	readonly #strip: PassStrip;
	readonly #view: SourceView;

	/** @param expectedLength of the text, in UTF-16 code units, for the progress */
	constructor(
		run: EditRun,
		{title, path, expectedLength}: {title: string; path: string; expectedLength: number},
	) {
		this.run = run;
		this.element.className = 'lane';
		this.element.setAttribute('aria-label', title);
		const head = document.createElement('header');
		const heading = document.createElement('h3');
		heading.textContent = title;
		this.#clock.className = 'clock';
		this.#state.className = 'lane-state';
		head.append(heading, this.#state, this.#clock);
		this.#progress.max = Math.max(1, expectedLength);
		this.#progress.setAttribute('aria-label', `Progress: ${title}`);
		this.element.append(head, this.#progress);
		this.#figures = new FiguresView(this.element);
		this.#strip = new PassStrip(this.element);
		const text = document.createElement('div');
		text.className = 'lane-text';
		this.element.append(text);
		this.#view = new SourceView(text, path, `Text: ${title}`);
	}

	/** Brings the screen up to the run. Once a frame. */
	render(): void {
		const {run} = this;
		const figures = run.figures();
		this.#clock.textContent = formatMs(figures.elapsedMs);
		this.#state.textContent =
			run.state === 'running' && run.passes.length === 0 ? 'reading the prompt…' : stateTexts[run.state];
		this.element.dataset.state = run.state;
		this.#progress.value = run.state === 'finished' ? this.#progress.max : run.text.length;
		this.#figures.show(figures);
		this.#strip.show(run.passes);
		this.#view.append(run.text, run.takeSpans());
		if (run.state !== 'running') {
			this.#strip.describe();
		}
	}

	/** Its height has changed. */
	resized(): void {
		this.#view.follow();
	}

	/** The colours have changed. */
	recolour(): void {
		this.#strip.redraw();
	}

	remove(): void {
		this.#view.destroy();
		this.element.remove();
	}
}
