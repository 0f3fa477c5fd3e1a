/** What commands give: plain records. */
package ffmerge.result;
