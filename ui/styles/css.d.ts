/** Style sheets are imported for their effect: the bundler collects them into the page's one sheet. */
declare module '*.css';
