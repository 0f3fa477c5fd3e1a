/** Recovery fine-tuning: AdamW on a model whose tied parameters are each one parameter. */
package ffmerge.tune;
