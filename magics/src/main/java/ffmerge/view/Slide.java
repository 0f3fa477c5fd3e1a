package ffmerge.view;

import java.util.List;
import java.util.function.Supplier;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/**
 * One of the parts by which a result can be looked at: where a slider stops. Charts and tables are made when a reader comes
 * by.
 *
 * @param title which part it is
 * @param charts of the whole result, with the part marked
 * @param tables what is known of the part, side by side
 */
public record Slide(String title, Supplier<List<? extends Chart<?, ?>>> charts, Supplier<List<Table>> tables) {}
