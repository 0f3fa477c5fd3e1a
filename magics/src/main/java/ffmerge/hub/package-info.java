/** Files of models and data sets by their hub ids, in the cache that Python's huggingface_hub keeps too. */
package ffmerge.hub;
