/**
 * The small elements that more than one screen draws. Every part that is fetched on its own imports this file, so that
 * the bundler makes one file of them instead of one for each combination of parts.
 */
import './command-line.ts';
import './copy-button.ts';
import './day-strip.ts';
import './emptiness-notice.ts';
import './fetch-notice.ts';
import './notice-box.ts';
import './pod-bar.ts';
import './state-badge.ts';
import './state-mark.ts';
import './template-changes.ts';
import './time-ago.ts';
import './time-at.ts';
