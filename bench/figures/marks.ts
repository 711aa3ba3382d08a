/** What the README's section of figures stands between. */
export const marks = ['<!-- figures: begin -->', '<!-- figures: end -->'] as const;
