/** Results as tables and as sentences. */
package ffmerge.table;
