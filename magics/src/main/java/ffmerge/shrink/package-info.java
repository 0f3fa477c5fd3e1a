/** Ways to make a model smaller, from a model to a model. */
package ffmerge.shrink;
