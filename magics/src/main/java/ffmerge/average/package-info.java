/** What FF sublayers become that are merged, worked out from what enters them; sums in float64. */
package ffmerge.average;
