package dev.tern.load;

import dev.tern.gguf.GgufFile;
import dev.tern.kernel.ScalarKernels;
import dev.tern.testing.TestData;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class Explore2Test {
  @Test
  void explore() throws Exception {
    Path ref = TestData.require("models/bitnet-autobitlinear-packed");
    Path path = TestData.require("models/bitnet-autobitlinear-gguf/bitnet-i2_s.gguf");
    SteeredKernels k = new SteeredKernels(new ScalarKernels());
    try (GgufFile file = GgufFile.open(path);
        Forward model = new Forward(path, Forward.Setup.DEFAULT.withKernels(k).withThreads(1))) {
      Float64Model exact = new Float64Model(file, 1e-5f, 1e-5f);
      for (String p : new String[] {"p0", "p1", "p2"}) {
        Reference r = Reference.read(ref, p);
        double[][] e = exact.logits(r.idArray());
        int[] flips = {0};
        k.steer((site, t, c, v) -> {
          int w = Float64Model.code(exact.scaled.get(site)[t][c]);
          if (w != v) {
            flips[0]++;
            System.out.println(
                "engine flip "
                    + site
                    + " "
                    + t
                    + " "
                    + c
                    + " "
                    + v
                    + " "
                    + exact.scaled.get(site)[t][c]);
          }
          return w;
        });
        float[][] l = model.logits(r.idArray());
        for (int t = 0; t < l.length; t++) {
          float[] ef = new float[e[t].length];
          for (int i = 0; i < ef.length; i++) ef[i] = (float) e[t][i];
          System.out.printf(
              "%s %d engine-vs-exact %.1e exact-vs-ref %.1e%n",
              p, t, Forward.distance(l[t], ef), Forward.distance(ef, r.logits()[t]));
        }
        for (int s = 0; s < exact.scaled.size(); s++)
          for (int t = 0; t < l.length; t++)
            for (int c = 0; c < exact.scaled.get(s)[t].length; c++)
              if (Float64Model.distanceToTie(exact.scaled.get(s)[t][c]) < 2e-5)
                System.out.println(
                    "near tie "
                        + p
                        + " site "
                        + s
                        + " token "
                        + t
                        + " col "
                        + c
                        + " "
                        + exact.scaled.get(s)[t][c]);
      }
    }
  }
}
