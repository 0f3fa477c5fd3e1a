/** What of a model does least: scores of weights, and choosing the lowest. */
package ffmerge.prune;
