/** A name of data to what a model is trained and measured on. */
package ffmerge.workload;
