/** Quality, size and speed of a model. */
package ffmerge.evaluate;
