/** Results as XChart charts, and charts as pictures. */
package ffmerge.plot;
