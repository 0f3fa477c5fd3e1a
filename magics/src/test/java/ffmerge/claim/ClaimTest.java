package ffmerge.claim;

import static ffmerge.claim.Claim.above;
import static ffmerge.claim.Claim.below;
import static ffmerge.claim.Claim.claim;
import static ffmerge.claim.Claim.claimIf;
import static ffmerge.claim.Claim.eachAbove;
import static ffmerge.claim.Claim.eachBelow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Samples;
import ffmerge.UserError;
import ffmerge.result.CompareResult;
import ffmerge.result.SweepResult;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClaimTest {
    private static final SweepResult SWEEP = Samples.sweep();
    private static final CompareResult COMPARISON = Samples.compare();

    @Test
    void whatHoldsIsToldWithItsClosestNumbers() {
        assertEquals(
                """
                Claim: Permuting costs less in every window.
                    holds: closest of 7: 4-9 87.95 < 97.35
                """,
                said(() -> claim(
                        "Permuting costs less in every window.",
                        eachBelow(SWEEP.values("permute"), SWEEP.values("none")))));
        assertEquals(
                """
                Claim: Merging keeps more than dropping.
                    holds: tuned 83.65 < 136.21 cut
                    holds: cut 136.21 > 80.65 base
                """,
                said(() -> claim(
                        "Merging keeps more than dropping.",
                        below("tuned", COMPARISON.value("tuned"), "cut", COMPARISON.value("cut")),
                        above("cut", COMPARISON.value("cut"), "base", COMPARISON.value("base")))));
    }

    @Test
    void aFalseClaimFailsWithItsSentenceAndItsNumbers() {
        UserError error = assertThrows(
                UserError.class,
                () -> claim(
                        "Windows without layer 0 do no harm.",
                        eachBelow(SWEEP.values("permute"), "unchanged", SWEEP.baseline())));
        assertEquals(
                "the numbers don't bear out \"Windows without layer 0 do no harm.\", as this isn't so: 0-5 1,615.02 <"
                        + " 80.65 unchanged. Say what they show, or find out what has changed them (model, data, budget,"
                        + " code)",
                error.getMessage());
        assertThrows(UserError.class, () -> claim("It is more.", above("a", 1, "b", 1)));
        assertThrows(UserError.class, () -> claim("A ruined model is fine.", below("a", Double.NaN, "b", 1)));
        assertThrows(UserError.class, () -> claim("So it is.", eachAbove(Map.of("a", 1.0), "b", Double.NaN)));
    }

    @Test
    void aClaimAboutNothingIsNone() {
        assertThrows(UserError.class, () -> eachBelow(SWEEP.values("random"), "limit", 1));
        assertThrows(UserError.class, () -> eachBelow(SWEEP.values("permute"), SWEEP.values("random")));
        assertThrows(UserError.class, () -> COMPARISON.value("permutted"));
    }

    @Test
    void aClaimMadeOfALargerBudgetIsLeftOpen() {
        String said = said(() ->
                claimIf(false, "with 20 steps of tuning or more", "Tuning helps.", below("tuned", 2, "merged", 1)));
        assertEquals("""
                Claim: Tuning helps.
                    left open: looked at only with 20 steps of tuning or more
                """, said);
        assertTrue(said(() -> claimIf(true, "always", "Tuning helps.", below("tuned", 1, "merged", 2)))
                .contains("holds: "));
    }

    @Test
    void neighboursAndLayersApart() {
        double[][] decoder = Samples.cka().stacks().get("decoder");
        assertEquals(
                (decoder[0][11] + decoder[0][10] + decoder[1][11]) / 3,
                Samples.cka().mean("decoder", (a, b) -> b - a >= 10),
                1e-12);
    }

    private static String said(Runnable claim) {
        PrintStream before = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            claim.run();
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
